package compat_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// compatibilityDate is the date both runtimes are asked to be like.
const compatibilityDate = "2026-01-01"

// record runs all scripts in one workerd and writes their answers down.
func record(t *testing.T, list []script, originURL string) {
	t.Helper()
	if *peers == "" {
		t.Fatal("-rewrite needs -peers DIR")
	}
	dir, err := filepath.Abs(*peers)
	if err != nil {
		t.Fatal(err)
	}
	work := t.TempDir()
	var services, sockets strings.Builder
	for _, s := range list {
		args := []string{filepath.Join(*root, s.file), "--bundle", "--target=es2024", "--outfile=" + filepath.Join(work, s.name+".js"), "--external:cloudflare:*", "--log-level=error"}
		if s.serviceWorker {
			args = append(args, "--format=iife")
		} else {
			args = append(args, "--format=esm")
		}
		if out, err := exec.Command(filepath.Join(dir, "node_modules/.bin/esbuild"), args...).CombinedOutput(); err != nil {
			t.Fatalf("esbuild: %v\n%s", err, out)
		}
		code := fmt.Sprintf(`modules = [(name = "%[1]s.js", esModule = embed "%[1]s.js")]`, s.name)
		if s.serviceWorker {
			code = fmt.Sprintf(`serviceWorkerScript = embed "%s.js"`, s.name)
		}
		fmt.Fprintf(&services, "(name = %q, worker = (%s, compatibilityDate = %q, bindings = [(name = \"ORIGIN\", text = %q)])),\n", s.name, code, compatibilityDate, originURL)
		fmt.Fprintf(&sockets, "(name = %[1]q, address = \"127.0.0.1:0\", http = (), service = %[1]q),\n", s.name)
	}
	config := "using Workerd = import \"/workerd/workerd.capnp\";\nconst config :Workerd.Config = (services = [\n" +
		"(name = \"internet\", network = (allow = [\"public\", \"private\"])),\n" + services.String() + "],\nsockets = [\n" + sockets.String() + "]);\n"
	file := filepath.Join(work, "config.capnp")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	ports := start(t, filepath.Join(dir, "node_modules/.bin/workerd"), file, len(list))
	for _, s := range list {
		got := ask(t, s, ports[s.name])
		a, err := parseAnswers(got)
		if err != nil {
			t.Errorf("%s: workerd: %v", s.name, err)
			continue
		}
		if err := os.WriteFile(filepath.Join(*root, "golden", s.name+".json"), format(a), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// format writes one case a line, so that a change shows as one line.
func format(a answers) []byte {
	var b bytes.Buffer
	b.WriteString("{\n")
	for i, n := range a.names {
		name, _ := json.Marshal(n)
		fmt.Fprintf(&b, "  %s: %s", name, a.texts[n])
		if i < len(a.names)-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	b.WriteString("}\n")
	return b.Bytes()
}

// start runs workerd until the test ends, and gives the port of each socket.
func start(t *testing.T, bin, config string, sockets int) map[string]int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), bin, "serve", "--control-fd=1", config)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	ports := map[string]int{}
	for lines := bufio.NewScanner(out); len(ports) < sockets && lines.Scan(); {
		var ev struct {
			Event, Socket string
			Port          int
		}
		if json.Unmarshal(lines.Bytes(), &ev) == nil && ev.Event == "listen" {
			ports[ev.Socket] = ev.Port
		}
	}
	if len(ports) < sockets {
		t.Fatalf("workerd listens on %d of %d sockets", len(ports), sockets)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // ends with workerd
	return ports
}

// ask sends s its request.
func ask(t *testing.T, s script, port int) []byte {
	t.Helper()
	var body io.Reader
	if s.request.body != "" {
		body = strings.NewReader(s.request.body)
	}
	req, err := http.NewRequestWithContext(t.Context(), s.request.method, fmt.Sprintf("http://127.0.0.1:%d%s", port, s.request.target), body)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "example.com"
	req.Header.Set("X-Client", "a")
	req.Header["User-Agent"] = nil
	if s.request.contentType != "" {
		req.Header.Set("Content-Type", s.request.contentType)
	}
	client := http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableCompression: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
