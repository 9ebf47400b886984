package compat_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gannet/core"
	"gannet/core/sched"
	"gannet/isolate"
	"gannet/isolate/bundle"
	"gannet/net/origin"
)

var (
	rewrite = flag.Bool("rewrite", false, "record the answers of workerd; needs -peers")
	peers   = flag.String("peers", "", "directory with the npm packages workerd and esbuild")
	root    = flag.String("root", "testdata", "directory of scripts and golden files; another one for experiments, such as with npm packages")
	only    = flag.String("show", "", "print Gannet's answers of this script")
)

// script is one worker under scripts of *root.
type script struct {
	name string // without extension
	file string // relative to *root
	// request is what the script is sent.
	request struct {
		method, target, contentType, body string
	}
	serviceWorker bool
}

// scripts reads the scripts of *root. A first line "//! POST /path type body" sets the request
// a script is sent.
func scripts(t testing.TB) (list []script) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(*root, "scripts/*.[jt]s*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		base := filepath.Base(f)
		s := script{name: strings.TrimSuffix(base, filepath.Ext(base)), file: "scripts/" + base}
		s.serviceWorker = strings.HasPrefix(base, "sw_")
		s.request.method, s.request.target = "GET", "/dir/page?a=1&b=2"
		first, _, _ := strings.Cut(string(src), "\n")
		if rest, ok := strings.CutPrefix(first, "//! "); ok {
			parts := append(strings.SplitN(rest, " ", 4), "", "")
			s.request.method, s.request.target, s.request.contentType, s.request.body = parts[0], parts[1], parts[2], parts[3]
		}
		list = append(list, s)
	}
	return list
}

// answers are the cases of one script, in its order, with compact JSON texts.
type answers struct {
	names []string
	texts map[string]string
}

func parseAnswers(b []byte) (a answers, err error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	if _, err = dec.Token(); err != nil {
		return a, fmt.Errorf("%w in %.300q", err, b)
	}
	a.texts = map[string]string{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return a, err
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return a, err
		}
		var text bytes.Buffer
		if err := json.Compact(&text, raw); err != nil {
			return a, err
		}
		a.names = append(a.names, name.(string))
		a.texts[name.(string)] = text.String()
	}
	return a, nil
}

// TestCompat compares Gannet's answers with those of workerd.
func TestCompat(t *testing.T) {
	url := newOrigin(t)
	list := scripts(t)
	if *rewrite {
		record(t, list, url)
	}
	f := newFixture(t, url)
	known := map[string]bool{}
	cases, same := 0, 0
	t.Cleanup(func() {
		t.Logf("%d scripts, %d cases, %d as workerd, %d known gaps", len(list), cases, same, len(gaps))
	})
	for _, s := range list {
		t.Run(s.name, func(t *testing.T) {
			whole, broken := gaps[s.name]
			known[s.name] = true
			text := f.run(t, s, broken)
			if (text == nil) != broken {
				t.Fatalf("the script starts now (%s, %s): take the gap off the list", whole.kind, whole.reason)
			}
			if broken {
				return
			}
			got, err := parseAnswers(text)
			if err != nil {
				t.Fatal(err)
			}
			if *only == s.name {
				for _, n := range got.names {
					t.Logf("%s: %s", n, got.texts[n])
				}
			}
			b, err := os.ReadFile(filepath.Join(*root, "golden", s.name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			want, err := parseAnswers(b)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range want.names {
				cases++
				key := s.name + "/" + n
				g, gap := gaps[key]
				known[key] = true
				switch equal := got.texts[n] == want.texts[n]; {
				case equal && gap:
					t.Errorf("%q is as workerd has it now (%s, %s): take the gap off the list", n, g.kind, g.reason)
				case equal:
					same++
				case !gap:
					t.Errorf("%q\n got %s\nwant %s", n, got.texts[n], want.texts[n])
				}
			}
			if len(got.names) != len(want.names) {
				t.Errorf("%d cases, the golden file has %d: record it anew", len(got.names), len(want.names))
			}
		})
	}
	for key := range gaps {
		if !known[key] && *root == "testdata" && flag.Lookup("test.run").Value.String() == "" {
			t.Errorf("gap %q is no case", key)
		}
	}
}

// fixture runs workers on a real scheduler with a real client for origins.
type fixture struct {
	sched  *sched.Scheduler
	client *origin.Client
	url    string
}

func newFixture(t testing.TB, url string) *fixture {
	f := &fixture{sched: sched.New(sched.Options{}), client: origin.New(origin.Options{Policy: origin.Policy{AllowAll: true}}), url: url}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := f.sched.Close(ctx); err != nil {
			t.Errorf("closing the scheduler: %v", err)
		}
		f.client.Close()
	})
	return f
}

type waiter chan result

type result struct {
	resp *core.Response
	err  error
}

func (w waiter) FetchDone(_ *core.FetchEvent, resp *core.Response, err error) { w <- result{resp, err} }

// run gives what s answers on Gannet; nil if it does not start, which is an error unless
// broken is set.
func (f *fixture) run(t *testing.T, s script, broken bool) []byte {
	t.Helper()
	built, err := bundle.Build(t.Context(), bundle.Options{
		Dir: *root, Entry: s.file, HostModules: isolate.HostModules, CompatibilityDate: compatibilityDate,
	})
	if err != nil {
		t.Fatal(err)
	}
	value, _ := json.Marshal(f.url)
	w, err := isolate.New(t.Context(), isolate.Config{
		Name: s.name, Script: built, Scheduler: f.sched, Fetcher: f.client,
		Bindings: []isolate.Binding{{Name: "ORIGIN", Kind: isolate.Var, Value: value}},
		Limits:   core.Limits{CPU: 20 * time.Second, Startup: 20 * time.Second},
		Log:      slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		if !broken {
			t.Fatalf("the worker does not start: %v", err)
		}
		return nil
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = w.Close(ctx)
	}()
	x := &core.Exchange{Request: core.Request{
		Method: s.request.method, Scheme: "http", Authority: "example.com", Target: s.request.target, Proto: core.HTTP11,
		Fields: core.Fields{{Name: "Host", Value: "example.com"}, {Name: "X-Client", Value: "a"}},
		Body:   core.NewBytes([]byte(s.request.body)),
	}}
	if s.request.contentType != "" {
		x.Request.Fields.Add("Content-Type", s.request.contentType)
	}
	if s.request.body != "" {
		x.Request.Fields.Add("Content-Length", fmt.Sprint(len(s.request.body)))
	}
	done := make(waiter, 1)
	b := f.sched.NewBatch()
	w.Fetch(b, &core.FetchEvent{Exchange: x, URL: "http://example.com" + s.request.target, CF: &core.CF{Country: "DE"}, ID: "1", Done: done})
	b.Flush()
	select {
	case r := <-done:
		if r.err != nil {
			var we *core.WorkerError
			if errors.As(r.err, &we) {
				t.Fatalf("%v\n%s", r.err, we.Stack)
			}
			t.Fatal(r.err)
		}
		if r.resp.Body == nil {
			t.Fatalf("status %d without content", r.resp.Status)
		}
		got, err := io.ReadAll(core.Reader(r.resp.Body))
		if err != nil {
			t.Fatal(err)
		}
		return got
	case <-time.After(60 * time.Second):
		t.Fatal("no answer")
		return nil
	}
}
