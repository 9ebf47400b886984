package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strings"
)

// MaxScriptBytes bounds a source file, a module and the finished script, in bytes. It is
// what Workers allow for a script. A larger one is refused.
const MaxScriptBytes = 10 << 20

// Format is how a worker takes its events.
type Format uint8

// The two worker syntaxes.
const (
	// Module workers export their handlers.
	Module Format = iota + 1
	// ServiceWorker workers call addEventListener.
	ServiceWorker
)

// String returns "modules" or "service-worker", as wrangler calls them.
func (f Format) String() string {
	switch f {
	case Module:
		return "modules"
	case ServiceWorker:
		return "service-worker"
	}
	return "unknown"
}

// Script is a worker, ready for the engine. It is not written after Build returns it.
type Script struct {
	// Name is the entry relative to Options.Dir, with slashes: the file name to compile
	// Code under.
	Name string
	// Code is what the engine compiles, as a script. See the package comment for what its
	// completion value is.
	Code string
	// Format says which of the two syntaxes the worker is written in.
	Format Format
	// Wrapped is set when Code's completion value is a function to call with the host. It
	// always is for Module workers, and for service workers that import anything.
	Wrapped bool
	// Async is set when that function returns a promise, for a top-level await.
	Async bool
	// Exports are the names the entry exports, sorted; none for service workers.
	Exports []string
	// Map leads from Code to the sources.
	Map *Map
	// Inputs are the absolute paths of all files the build depends on, sorted: sources,
	// and the package.json and tsconfig.json files that had a say.
	Inputs []string
	// Warnings are what the build found odd, each once.
	Warnings []Message
	// Hash is the SHA-256 of Code and Modules in hexadecimal. Equal sources have equal
	// hashes, wherever and whenever they are built.
	Hash string
	// Modules are what host.module must provide beyond HostModules, and the blobs of a
	// service worker, sorted by name.
	Modules []Blob
}

// Blob is a module of a worker that is not code.
type Blob struct {
	// Name is what host.module is called with, such as "./assets/logo.bin"; for a blob of
	// a service worker it is the path as well.
	Name string
	// Global is the name of the global variable to bind the module to, "" for modules that
	// are imported.
	Global string
	Type   BlobType
	Data   []byte
}

// Locate turns a place in Code into a message about the source, for errors of the
// engine's own parser. Line and column count from 1, as goja gives them.
func (s *Script) Locate(line, column int, text string) Message {
	m := Message{Text: text, File: s.Name}
	if file, l, c, _, ok := s.Map.Position(line, column); ok {
		m.File, m.Line, m.Column = file, l, c
		m.LineText = s.Map.Line(file, l)
		return m
	}
	if code := s.Code; line > 0 {
		for ; line > 1; line-- {
			_, after, ok := strings.Cut(code, "\n")
			if !ok {
				return m
			}
			code = after
		}
		text, _, _ := strings.Cut(code, "\n")
		m.Notes = []Message{{Severity: SeverityNote, Text: "in code that the build added: " + strings.TrimSpace(text)}}
	}
	return m
}

// seal sorts what has an order and computes the hash.
func (s *Script) seal() {
	sort.Strings(s.Exports)
	sort.Slice(s.Modules, func(i, j int) bool {
		a, b := &s.Modules[i], &s.Modules[j]
		if a.Name != b.Name {
			return a.Name < b.Name
		}
		return a.Global < b.Global
	})
	h := sha256.New()
	field := func(x string) {
		fmt.Fprintf(h, "%d:", len(x)) // lengths, so that no two lists of fields look the same
		_, _ = io.WriteString(h, x)   // a hash never fails
	}
	field(s.Format.String())
	field(s.Code)
	for _, m := range s.Modules {
		field(m.Name)
		field(m.Global)
		field(m.Type.String())
		fmt.Fprintf(h, "%d:", len(m.Data))
		h.Write(m.Data)
	}
	s.Hash = hex.EncodeToString(h.Sum(nil))
}

// quote returns s as a JavaScript string literal.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil { // cannot be: a string always marshals
		panic("BUG: cannot quote " + s)
	}
	return string(b)
}
