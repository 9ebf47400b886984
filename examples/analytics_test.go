package examples

import (
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"
)

func TestAnalytics(t *testing.T) {
	t.Parallel()
	site := serve(t, "site", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		if r.URL.Path == "/missing" {
			w.WriteHeader(404)
		}
		io.WriteString(w, "site")
	})

	t.Run("the client has its response first", func(t *testing.T) {
		t.Parallel()
		events := make(chan string, 10)
		answered := make(chan struct{})
		collector := serve(t, "collector", func(_ http.ResponseWriter, r *http.Request) {
			<-answered // were the response to wait for this, nobody would ever get on
			b, _ := io.ReadAll(r.Body)
			events <- r.Method + " " + r.URL.Path + " " + r.Header.Get("Content-Type") + " " + string(b)
		})
		e := dev(t, "--country", "NO", "--origin", site.URL, "--map", "collector.example="+collector.addr, "analytics")
		e.get("/page?token=secret").want(t, 200, "site")
		close(answered)

		const prefix = "POST /events application/json "
		got := receive(t, events)
		if len(got) < len(prefix) || got[:len(prefix)] != prefix {
			t.Fatalf("the collector got %q", got)
		}
		var event map[string]any
		if err := json.Unmarshal([]byte(got[len(prefix):]), &event); err != nil {
			t.Fatal(err)
		}
		millis, ok := event["millis"].(float64)
		if !ok || millis < 0 {
			t.Errorf("millis: %v", event["millis"])
		}
		delete(event, "millis")
		want := map[string]any{"path": "/page", "method": "GET", "status": 200.0, "type": "text/plain", "country": "NO"}
		for k, v := range want {
			if event[k] != v {
				t.Errorf("%s: %v, want %v", k, event[k], v)
			}
		}
		if len(event) != len(want) {
			t.Errorf("event %v", event)
		}

		e.do("POST", "/missing", "x").want(t, 404, "site")
		if err := json.Unmarshal([]byte(receive(t, events)[len(prefix):]), &event); err != nil {
			t.Fatal(err)
		}
		if event["status"] != 404.0 || event["method"] != "POST" {
			t.Errorf("event %v", event)
		}
	})
	t.Run("a collector that fails is not noticed", func(t *testing.T) {
		t.Parallel()
		broken := serve(t, "broken", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
		for name, addr := range map[string]string{"gone": unused(t), "broken": broken.addr} {
			e := dev(t, "--origin", site.URL, "--map", "collector.example="+addr, "analytics")
			for range 3 {
				if r := e.get("/page"); r.StatusCode != 200 || r.body != "site" {
					t.Errorf("collector %s: %d %q", name, r.StatusCode, r.body)
				}
			}
		}
	})
}

func receive(t *testing.T, events <-chan string) string {
	t.Helper()
	select {
	case got := <-events:
		return got
	case <-time.After(replyLimit):
		t.Fatal("the collector was not asked")
		return ""
	}
}
