package examples

import (
	"net/http"
	"strings"
	"testing"
)

func TestStaging(t *testing.T) {
	t.Parallel()
	live := serve(t, "live", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
		w.Write([]byte("live " + r.RequestURI))
	})
	staging := serve(t, "staging", nil)

	t.Run("a fraction, and it stays", func(t *testing.T) {
		t.Parallel()
		e := dev(t, "--origin", live.URL, "--map", "staging.example="+staging.addr, "--var", "PERCENT=30", "staging")
		const n = 400
		drawn := 0
		for range n {
			r := e.get("/a?b=1")
			stage := r.Header.Get("X-Stage")
			r.want(t, 200, stage+" /a?b=1")
			if stage == "staging" {
				drawn++
			}
			cookies := strings.Join(r.Header.Values("Set-Cookie"), "|")
			if !strings.Contains(cookies, "stage="+stage+"; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax") {
				t.Fatalf("Set-Cookie: %s", cookies)
			}
			if stage == "live" && !strings.Contains(cookies, "session=1") {
				t.Fatalf("the origin's own cookie is gone: %s", cookies)
			}
		}
		// Binomial with mean 120 and deviation 9.2: six deviations.
		if drawn < 65 || drawn > 175 {
			t.Errorf("%d of %d were drawn, want about 120", drawn, n)
		}
		for range 20 {
			r := e.get("/", "Cookie", "a=b; stage=staging; c=d")
			r.want(t, 200, "staging /")
			r.wantField(t, "Set-Cookie", "")
			e.get("/", "Cookie", "stage=live").want(t, 200, "live /")
		}
		e.get("/", "Cookie", "stage=bogus").want(t, 200, "*")
		if r := e.get("/", "Cookie", "mystage=staging"); !strings.Contains(strings.Join(r.Header.Values("Set-Cookie"), "|"), "stage=") {
			t.Error("a cookie of another name was taken for ours")
		}
		staging.take()
		e.do("POST", "/order", "2 fish", "Cookie", "stage=staging").want(t, 200, "staging /order")
	})
	t.Run("none and all", func(t *testing.T) {
		t.Parallel()
		for percent, want := range map[string]string{"0": "live /", "100": "staging /"} {
			e := dev(t, "--origin", live.URL, "--map", "staging.example="+staging.addr, "--var", "PERCENT="+percent, "staging")
			for range 30 {
				e.get("/").want(t, 200, want)
			}
		}
	})
	t.Run("staging is down", func(t *testing.T) {
		t.Parallel()
		down := serve(t, "down", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
		for name, addr := range map[string]string{"refuses connections": unused(t), "answers 503": down.addr} {
			t.Run(name, func(t *testing.T) {
				e := dev(t, "--origin", live.URL, "--map", "staging.example="+addr, "--var", "PERCENT=100", "staging")
				r := e.get("/")
				r.want(t, 200, "live /")
				r.wantField(t, "X-Stage", "live")
				if c := strings.Join(r.Header.Values("Set-Cookie"), "|"); !strings.Contains(c, "stage=live") {
					t.Errorf("Set-Cookie: %s", c)
				}
				e.get("/", "Cookie", "stage=staging").want(t, 200, "live /")
			})
		}
	})
}
