package examples

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"regexp"
	"testing"
)

func TestABTest(t *testing.T) {
	t.Parallel()
	e := dev(t, "--origin", "abtest/site", "abtest/worker.js")

	var pages [2]string
	for i, name := range []string{"pricing.html", "pricing-yearly-first.html"} {
		b, err := os.ReadFile("abtest/site/" + name)
		if err != nil {
			t.Fatal(err)
		}
		pages[i] = string(b)
	}
	// variant is the draw done again, apart from the worker.
	variant := func(visitor string) uint32 {
		sum := sha256.Sum256([]byte("pricing-2026:" + visitor))
		return binary.BigEndian.Uint32(sum[:]) % 2
	}

	cookie := regexp.MustCompile(`^visitor=([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}); Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax$`)
	const n = 200
	var count [2]int
	ids := map[string]bool{}
	for range n {
		r := e.get("/pricing")
		m := cookie.FindStringSubmatch(r.Header.Get("Set-Cookie"))
		if m == nil {
			t.Fatalf("Set-Cookie: %q", r.Header.Get("Set-Cookie"))
		}
		ids[m[1]] = true
		v := variant(m[1])
		count[v]++
		r.want(t, 200, pages[v])
		r.wantField(t, "X-Experiment", fmt.Sprintf("pricing-2026; variant=%d", v))
		r.wantField(t, "Cache-Control", "private, no-store")

		again := e.get("/pricing", "Cookie", "x=y; visitor="+m[1]+"; z=1")
		again.want(t, 200, pages[v])
		again.wantField(t, "Set-Cookie", "")
	}
	if len(ids) != n {
		t.Errorf("%d visitors got %d ids", n, len(ids))
	}
	if count[0] < n/4 || count[1] < n/4 { // seven deviations
		t.Errorf("variants were drawn %v times", count)
	}

	forged := e.get("/pricing", "Cookie", "visitor=../../etc")
	forged.want(t, 200, "*")
	if cookie.FindString(forged.Header.Get("Set-Cookie")) == "" {
		t.Error("a forged id was kept")
	}
	plain := e.get("/pricing.html")
	plain.want(t, 200, pages[0])
	plain.wantField(t, "Set-Cookie", "")
	e.get("/none").want(t, 404, "*")
}
