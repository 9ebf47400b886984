package urls

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The data of the web platform tests (url/resources, BSD 3-clause) is read from the module
// of the library that serves as second implementation, which carries a copy.
func testdata(t *testing.T, name string, v any) {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/nlnwa/whatwg-url").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	b, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

// newer corrects an expected path of the data, which is older than "^" in the path
// percent-encode set (whatwg/url, November 2023).
func newer(path string) string { return strings.ReplaceAll(path, "^", "%5E") }

// text is a string of the test data, whose lone surrogates become U+FFFD as in a USVString.
type text = string

func TestWPTParse(t *testing.T) {
	var raw []json.RawMessage
	testdata(t, "urltestdata.json", &raw)
	n := 0
	for _, m := range raw {
		var c struct {
			Input                                                              text
			Base                                                               *text
			Failure                                                            bool
			Href, Protocol, Username, Password, Host, Hostname, Port, Pathname text
			Search, Hash                                                       text
			Origin                                                             *text
		}
		if json.Unmarshal(m, &c) != nil {
			continue // a comment
		}
		n++
		base := ""
		if c.Base != nil {
			base = *c.Base
		}
		u, err := Parse(c.Input, base)
		if c.Failure {
			if err == nil {
				t.Errorf("%q with base %q: got %s, want a failure", c.Input, base, u.Href())
			}
			continue
		}
		if err != nil {
			t.Errorf("%q with base %q: failed, want %s", c.Input, base, c.Href)
			continue
		}
		if strings.Contains(c.Pathname, "^") && !u.opaque {
			c.Href, c.Pathname = strings.Replace(c.Href, c.Pathname, newer(c.Pathname), 1), newer(c.Pathname)
		}
		got := []string{u.Href(), u.Protocol(), u.Username(), u.Password(), u.Host(), u.Hostname(), u.Port(), u.Pathname(), u.Search(), u.Hash()}
		want := []string{c.Href, c.Protocol, c.Username, c.Password, c.Host, c.Hostname, c.Port, c.Pathname, c.Search, c.Hash}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%q with base %q:\ngot  %q\nwant %q", c.Input, base, got, want)
		}
		if c.Origin != nil && u.Origin() != *c.Origin {
			t.Errorf("%q: origin %s, want %s", c.Input, u.Origin(), *c.Origin)
		}
		if again, err := Parse(u.Href(), ""); err != nil || again.Href() != u.Href() {
			t.Errorf("%q: %s parses to something else", c.Input, u.Href())
		}
	}
	if n < 700 {
		t.Errorf("only %d cases", n)
	}
}

func TestWPTSetters(t *testing.T) {
	var all map[string]json.RawMessage
	testdata(t, "setters_tests.json", &all)
	set := map[string]func(u *URL, v string){
		"protocol": (*URL).SetProtocol, "username": (*URL).SetUsername, "password": (*URL).SetPassword, "host": (*URL).SetHost,
		"hostname": (*URL).SetHostname, "port": (*URL).SetPort, "pathname": (*URL).SetPathname, "search": (*URL).SetSearch, "hash": (*URL).SetHash,
		"href": func(u *URL, v string) { _ = u.SetHref(v) },
	}
	get := map[string]func(u *URL) string{
		"href": (*URL).Href, "protocol": (*URL).Protocol, "username": (*URL).Username, "password": (*URL).Password, "host": (*URL).Host,
		"hostname": (*URL).Hostname, "port": (*URL).Port, "pathname": (*URL).Pathname, "search": (*URL).Search, "hash": (*URL).Hash, "origin": (*URL).Origin,
	}
	n := 0
	for attr, f := range set {
		var cases []struct {
			Href     text
			NewValue text `json:"new_value"`
			Expected map[string]text
		}
		if err := json.Unmarshal(all[attr], &cases); err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			n++
			if strings.HasPrefix(c.Href, "data:space") || strings.HasPrefix(c.Href, "sc:space") {
				continue // the data is older than the rule for spaces that end an opaque path
			}
			u, err := Parse(c.Href, "")
			if err != nil {
				t.Errorf("%s: %v", c.Href, err)
				continue
			}
			f(u, c.NewValue)
			for k, want := range c.Expected {
				if attr == "pathname" {
					want = newer(want)
				}
				if got := get[k](u); got != want {
					t.Errorf("%s with %s = %q: %s is %q, want %q", c.Href, attr, c.NewValue, k, got, want)
				}
			}
		}
	}
	if n < 200 {
		t.Errorf("only %d cases", n)
	}
}

func TestWPTToASCII(t *testing.T) {
	for _, file := range []string{"toascii.json", "IdnaTestV2.json"} {
		var raw []json.RawMessage
		testdata(t, file, &raw)
		for _, m := range raw {
			var c struct {
				Comment, Input text
				Output         *text
			}
			if json.Unmarshal(m, &c) != nil {
				continue
			}
			if c.Input == "" {
				continue // a URL with an empty host is another matter
			}
			got, ok := parseHost(c.Input, true)
			switch {
			case c.Output == nil && ok:
				t.Errorf("%s: %q (%+q): got %s, want a failure", file, c.Input, c.Input, got)
			case c.Output != nil && (!ok || got != *c.Output):
				t.Errorf("%s: %q (%+q) %s: got %s %v, want %s", file, c.Input, c.Input, c.Comment, got, ok, *c.Output)
			}
		}
	}
}
