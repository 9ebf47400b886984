package examples

import (
	"net/http"
	"strings"
	"testing"
)

// backends maps the two names of the example's wrangler file.
func backends(a, b string) []string {
	return []string{"--map", "a.example=" + a, "--map", "b.example=" + b}
}

func TestBalance(t *testing.T) {
	t.Parallel()
	a, b := serve(t, "a", nil), serve(t, "b", nil)
	broken := serve(t, "broken", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(503)
		w.Write([]byte("busy"))
	})

	t.Run("by weight", func(t *testing.T) {
		t.Parallel()
		e := dev(t, append(backends(a.addr, b.addr), "balance")...)
		const n = 400
		count := map[string]int{}
		for range n {
			r := e.get("/x?y=1")
			name, rest, _ := strings.Cut(r.body, " ")
			if rest != "/x?y=1" {
				t.Fatalf("body %q", r.body)
			}
			r.wantField(t, "X-Backend", name+".example")
			count[name]++
		}
		// Binomial with mean 300 and deviation 8.7: six deviations.
		if count["a"] < 248 || count["a"] > 352 || count["a"]+count["b"] != n {
			t.Errorf("shares %v, want about 300 to 100", count)
		}
		e.do("POST", "/order", "2 fish").want(t, 200, "*")
	})
	for name, down := range map[string]string{"refused connection": unused(t), "503": broken.addr} {
		t.Run("failover from "+name, func(t *testing.T) {
			t.Parallel()
			e := dev(t, append(backends(down, b.addr), "balance")...)
			broken.take()
			for range 40 { // all of them missing the heavier backend by chance: (1/4)^40
				e.get("/").want(t, 200, "b /")
			}
			// It rests after its first failure.
			if s := broken.take(); len(s) > 1 {
				t.Errorf("the broken backend was asked %d times", len(s))
			}
		})
		t.Run("it comes back after "+name, func(t *testing.T) {
			t.Parallel()
			e := dev(t, append(backends(down, b.addr), "--var", "REST_MS=0", "balance")...)
			for range 20 {
				e.get("/").want(t, 200, "b /")
			}
		})
	}
	t.Run("all are down", func(t *testing.T) {
		t.Parallel()
		e := dev(t, append(backends(unused(t), unused(t)), "balance")...)
		e.get("/").want(t, 502, "No backend answers.\n")
		e.get("/").want(t, 502, "No backend answers.\n")
	})
	t.Run("an error of the application is no outage", func(t *testing.T) {
		t.Parallel()
		failing := serve(t, "failing", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
		e := dev(t, append(backends(failing.addr, failing.addr), "balance")...)
		e.get("/").want(t, 500, "")
		failing.one(t)
	})
	t.Run("a write is sent once", func(t *testing.T) {
		t.Parallel()
		busy := serve(t, "busy", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
		e := dev(t, append(backends(busy.addr, busy.addr), "balance")...)
		e.do("POST", "/order", "2 fish").want(t, 503, "")
		if got := busy.one(t); got.body != "2 fish" {
			t.Errorf("the backend saw %+v", got)
		}
		e.get("/").want(t, 503, "")
		if s := busy.take(); len(s) != 2 {
			t.Errorf("a read was tried %d times, want each backend once", len(s))
		}
	})
}
