package examples

import (
	"net/http"
	"sync"
	"testing"
	"time"
)

func TestCompose(t *testing.T) {
	t.Parallel()
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			w.Write([]byte(body))
		}
	}
	catalogue := serve(t, "catalogue", answer(200, `{"name":"Field glass"}`))
	prices := serve(t, "prices", answer(200, `{"cents":24990}`))
	reviews := serve(t, "reviews", answer(200, `[5,4]`))
	broken := serve(t, "broken", answer(500, `{}`))
	missing := serve(t, "missing", answer(404, `{}`))
	noJSON := serve(t, "no JSON", answer(200, `<html>`))
	start := func(t *testing.T, catalogue, prices, reviews string, more ...string) *edge {
		t.Helper()
		return dev(t, append(more, "--map", "catalogue.example="+catalogue, "--map", "prices.example="+prices,
			"--map", "reviews.example="+reviews, "compose")...)
	}

	t.Run("all three", func(t *testing.T) {
		t.Parallel()
		e := start(t, catalogue.addr, prices.addr, reviews.addr)
		reviews.take()
		r := e.get("/products/7")
		r.want(t, 200, `{"product":{"name":"Field glass"},"price":{"cents":24990},"reviews":[5,4],"missing":[]}`)
		r.wantField(t, "Content-Type", "application/json")
		r.wantField(t, "Cache-Control", "max-age=60")
		e.get("/").want(t, 404, `{"error":"not found"}`)
		e.get("/products/7/8").want(t, 404, `{"error":"not found"}`)
	})
	t.Run("at the same time", func(t *testing.T) {
		t.Parallel()
		// None of the three answers before all of them were asked.
		var asked sync.WaitGroup
		asked.Add(3)
		together := func(w http.ResponseWriter, _ *http.Request) {
			asked.Done()
			asked.Wait()
			w.Write([]byte(`1`))
		}
		e := start(t, serve(t, "1", together).addr, serve(t, "2", together).addr, serve(t, "3", together).addr, "--var", "TIMEOUT_MS=10000")
		e.get("/products/7").want(t, 200, `{"product":1,"price":1,"reviews":1,"missing":[]}`)
	})
	for _, c := range []struct {
		name                       string
		catalogue, prices, reviews string
		status                     int
		body                       string
	}{
		{"one is broken", catalogue.addr, broken.addr, reviews.addr, 200,
			`{"product":{"name":"Field glass"},"price":null,"reviews":[5,4],"missing":["price"]}`},
		{"two are gone", catalogue.addr, unused(t), noJSON.addr, 200,
			`{"product":{"name":"Field glass"},"price":null,"reviews":null,"missing":["price","reviews"]}`},
		{"no such product", missing.addr, prices.addr, reviews.addr, 404, `{"error":"not found"}`},
		{"no catalogue", unused(t), prices.addr, reviews.addr, 502, `{"error":"the catalogue is not available"}`},
		{"broken catalogue", noJSON.addr, prices.addr, reviews.addr, 502, `{"error":"the catalogue is not available"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := start(t, c.catalogue, c.prices, c.reviews).get("/products/7")
			r.want(t, c.status, c.body)
			if c.status == 200 {
				r.wantField(t, "Cache-Control", "no-store")
			}
		})
	}
	t.Run("one never answers", func(t *testing.T) {
		t.Parallel()
		release := make(chan struct{})
		hung := serve(t, "hung", func(http.ResponseWriter, *http.Request) { <-release })
		t.Cleanup(func() { close(release) }) // before the server closes, which waits for it
		begin := time.Now()
		r := start(t, catalogue.addr, prices.addr, hung.addr, "--var", "TIMEOUT_MS=200").get("/products/7")
		r.want(t, 200, `{"product":{"name":"Field glass"},"price":{"cents":24990},"reviews":null,"missing":["reviews"]}`)
		if d := time.Since(begin); d < 200*time.Millisecond {
			t.Errorf("given up after %v", d)
		}
	})
}
