package compat_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

// newOrigin starts the origin the scripts fetch from. Its answers depend on the request
// alone.
func newOrigin(t testing.TB) string {
	mux := http.NewServeMux()
	mux.HandleFunc("/echo/", echo)
	mux.HandleFunc("/status/{code}", func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.PathValue("code"))
		w.WriteHeader(code)
	})
	mux.HandleFunc("/redirect/{code}", func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.PathValue("code"))
		if to := r.URL.Query().Get("to"); to != "" {
			w.Header().Set("Location", to)
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, "moved")
	})
	mux.HandleFunc("/hops/{n}", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.PathValue("n"))
		if n == 0 {
			echo(w, r)
			return
		}
		w.Header().Set("Location", fmt.Sprintf("/hops/%d", n-1))
		w.WriteHeader(http.StatusFound)
	})
	mux.HandleFunc("/chunks", func(w http.ResponseWriter, r *http.Request) {
		for _, c := range []string{"one ", "two ", "three"} {
			_, _ = io.WriteString(w, c)
			w.(http.Flusher).Flush()
		}
	})
	mux.HandleFunc("/cookies", func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Set-Cookie"] = []string{"a=1; Path=/", "b=2; Expires=Thu, 01 Jan 2037 00:00:00 GMT"}
		w.Header()["X-Two"] = []string{"1", "2"}
	})
	mux.HandleFunc("/utf8", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-U", "é€")
		w.Header().Set("X-Latin", "a\xe9b")
	})
	mux.HandleFunc("/form", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-www-form-urlencoded")
		_, _ = io.WriteString(w, "a=1&a=2&b=%C3%A9+x")
	})
	mux.HandleFunc("/json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = io.WriteString(w, `{"a":[1,2,{"b":null}]}`)
	})
	// never sends a head and no content, and ends with its client
	mux.HandleFunc("/never", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/half", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv.URL
}

// unstable are fields that tell the client's software and not the script's wish.
var unstable = map[string]bool{"Cf-Worker": true, "Cf-Ew-Via": true, "Accept-Encoding": true, "User-Agent": true, "Cdn-Loop": true}

// echo answers with what it got.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	fields := map[string][]string{}
	for k, v := range r.Header {
		if !unstable[k] {
			fields[strings.ToLower(k)] = v
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"method": r.Method, "target": r.RequestURI, "fields": fields, "body": string(body), "length": r.ContentLength,
	})
}
