package config

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestREADME: what the README shows of gannet.toml can be taken as it stands.
func TestREADME(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"cert.pem", "key.pem", "country.mmdb", "token", "workers/shop.ts", "workers/blog/index.ts", "public/index.html"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	samples := 0
	for _, sample := range regexp.MustCompile(`(?m)(?:^(?:    .*)?\n)+`).FindAllString(string(text), -1) {
		if !strings.Contains(sample, "    [listen]\n") {
			continue
		}
		samples++
		_, problems := Parse(filepath.Join(dir, "gannet.toml"), []byte(regexp.MustCompile(`(?m)^    `).ReplaceAllString(sample, "")))
		for _, p := range problems {
			t.Error(p)
		}
	}
	if samples != 2 {
		t.Errorf("the README has %d samples of gannet.toml, want 2", samples)
	}
}
