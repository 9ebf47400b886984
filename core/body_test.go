package core

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
)

// scripted is a reader whose methods are functions of a test.
type scripted struct {
	read  func([]byte) (int, error)
	close func() error
}

func (s scripted) Read(p []byte) (int, error) { return s.read(p) }
func (s scripted) Close() error               { return s.close() }

// captureLog has the default logger write to a buffer until the test ends.
func captureLog(t *testing.T) func() string {
	var mu sync.Mutex
	var b bytes.Buffer
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(writerFunc(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return b.Write(p)
	}), nil)))
	t.Cleanup(func() { slog.SetDefault(old) })
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return b.String()
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// TestReaderPanics: whatever panics on the goroutine of a reader's body ends that body, with
// its one callback called once, and its reader closed.
func TestReaderPanics(t *testing.T) {
	abc := func(p []byte) (int, error) { return copy(p, "abc"), nil }
	for _, c := range []struct {
		name      string
		read      func([]byte) (int, error)
		closes    string // what Close panics with
		callback  string // what the callback panics with
		wantChunk string
	}{
		{"the callback", abc, "", "planted in done", "abc"},
		{"Read", func([]byte) (int, error) { panic("planted in Read") }, "", "", ""},
		{"Read, and Close", func([]byte) (int, error) { panic("planted in Read") }, "planted in Close", "", ""},
		{"Close at the end", func([]byte) (int, error) { return 0, io.EOF }, "planted in Close", "", ""},
		{"everything", func([]byte) (int, error) { panic("planted in Read") }, "planted in Close", "planted in done", ""},
	} {
		log := captureLog(t)
		closed := make(chan struct{}, 4)
		b := NewReader(scripted{c.read, func() error {
			closed <- struct{}{}
			if c.closes != "" {
				panic(c.closes)
			}
			return nil
		}}, -1)
		calls := make(chan string, 4)
		b.Next(func(chunk []byte, err error) {
			if (err == nil) != (len(chunk) > 0) {
				t.Errorf("%s: chunk %q with error %v", c.name, chunk, err)
			}
			calls <- string(chunk)
			if c.callback != "" {
				panic(c.callback)
			}
		})
		if got := <-calls; got != c.wantChunk {
			t.Errorf("%s: chunk %q, want %q", c.name, got, c.wantChunk)
		}
		<-closed
		ended := make(chan error, 1)
		b.Next(func(_ []byte, err error) { ended <- err })
		if err := <-ended; err == nil {
			t.Errorf("%s: the body goes on", c.name)
		}
		if len(calls) != 0 {
			t.Errorf("%s: the callback was called again", c.name)
		}
		if text := log(); !strings.Contains(text, "planted in") || !strings.Contains(text, "body_test.go") {
			t.Errorf("%s: the log does not show the panic and its place: %.200q", c.name, text)
		}
	}
}

// TestReaderBody: chunks, the end, errors and closing, as Body has it.
func TestReaderBody(t *testing.T) {
	read := func(b Body) (string, error) {
		done := make(chan struct{})
		var all []byte
		var failed error
		ReadAll(b, 1<<20, func(p []byte, err error) { all, failed = p, err; close(done) })
		<-done
		return string(all), failed
	}
	long := strings.Repeat("0123456789", 20_000)
	if got, err := read(NewReader(io.NopCloser(strings.NewReader(long)), -1)); got != long || err != nil {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	broken := errors.New("broken")
	if _, err := read(NewReader(io.NopCloser(io.MultiReader(strings.NewReader("abc"), errReader{broken})), 10)); err != broken {
		t.Errorf("error %v", err)
	}
	pr, pw := io.Pipe()
	b := NewReader(pr, -1)
	got := make(chan error, 1)
	b.Next(func(_ []byte, err error) { got <- err })
	b.Close(broken)
	if err := <-got; err != broken {
		t.Errorf("a Next under way ended with %v", err)
	}
	if _, err := pw.Write([]byte("x")); err != io.ErrClosedPipe {
		t.Errorf("the reader was not closed: %v", err)
	}
	if _, err := read(NewReader(io.NopCloser(strings.NewReader(long)), int64(len(long)))); err != nil {
		t.Error(err)
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }
