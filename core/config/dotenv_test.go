package config

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// TestDotEnvAsDotenv compares with what the npm packages dotenv 16 and dotenv-expand 12
// made of the same files.
func TestDotEnvAsDotenv(t *testing.T) {
	f := func(name string, expand bool) {
		t.Helper()
		src, err := os.ReadFile("testdata/dotenv/" + name + ".env")
		if err != nil {
			t.Fatal(err)
		}
		golden, err := os.ReadFile("testdata/dotenv/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var want map[string]string
		if err := json.Unmarshal(golden, &want); err != nil {
			t.Fatal(err)
		}
		got := parseDotEnv(string(src))
		if expand {
			got = expandAll(got, nil)
		}
		for _, a := range got {
			if w, ok := want[a.name]; !ok || w != a.value {
				t.Errorf("%s: %s = %q, want %q", name, a.name, a.value, w)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: %d variables, want %d", name, len(got), len(want))
		}
	}
	f("plain", false)
	f("expand", true)
}

func TestExpandIsBounded(t *testing.T) {
	var src strings.Builder
	src.WriteString("V0=0123456789\n")
	for i := range 100 {
		n := string(rune('A' + i%26))
		src.WriteString("X" + n + "=$V0$XA$XB$XC$XD$XE$XA$XB$XC$XD$XE\n")
	}
	for _, a := range expandAll(parseDotEnv(src.String()), nil) {
		if len(a.value) > 4*maxExpandedBytes {
			t.Errorf("%s grew to %d bytes", a.name, len(a.value))
		}
	}
}

func FuzzDotEnv(f *testing.F) {
	f.Add("A=1\nB='x\ny' # c\nC=${A:-$B}\nD=$C$C")
	f.Add("A=${A}\nA=$A$A")
	f.Add(`A="\"" B=`)
	f.Fuzz(func(t *testing.T, src string) {
		vars := parseDotEnv(src)
		seen := make(map[string]bool)
		for _, v := range vars {
			if v.name == "" || seen[v.name] {
				t.Fatalf("%q: name %q is empty or twice there", src, v.name)
			}
			seen[v.name] = true
		}
		expandAll(vars, []assignment{{"P", "$A"}})
	})
}
