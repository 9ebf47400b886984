package examples

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"
)

func sign(secret, path, expires string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%s\n%s", path, expires)
	return fmt.Sprintf("%x", mac.Sum(nil))
}

func TestAccess(t *testing.T) {
	t.Parallel()
	// Longer than SHA-256's block, which HMAC treats apart.
	secret := strings.Repeat("sesame", 20)
	site := serve(t, "site", nil)
	e := dev(t, "--origin", site.URL, "--var", "SECRET="+secret, "--var", "ADMIN_TOKEN=letmein",
		"--var", "ADMIN_ADDRESSES=192.0.2.1, 127.0.0.1", "access/worker.ts")

	in := func(d time.Duration) string { return fmt.Sprint(time.Now().Add(d).Unix()) }
	soon, past := in(time.Hour), in(-time.Hour)
	link := func(path, expires, signature string) string {
		return path + "?expires=" + expires + "&signature=" + signature
	}
	const pdf = "/downloads/a.pdf"
	good := sign(secret, pdf, soon)

	t.Run("open pages", func(t *testing.T) {
		e.get("/").want(t, 200, "site /")
		e.get("/downloadsfoo").want(t, 200, "site /downloadsfoo")
	})
	for _, c := range []struct {
		name, target string
		status       int
	}{
		{"no signature", pdf, 403},
		{"empty signature", link(pdf, soon, ""), 403},
		{"wrong signature", link(pdf, soon, strings.Repeat("0", 64)), 403},
		{"shortened signature", link(pdf, soon, good[:63]), 403},
		{"signature of another path", link("/downloads/b.pdf", soon, good), 403},
		{"signature of another time", link(pdf, soon+"0", good), 403},
		{"signed by another", link(pdf, soon, sign("guess", pdf, soon)), 403},
		{"expired", link(pdf, past, sign(secret, pdf, past)), 410},
		{"no number", link(pdf, "never", sign(secret, pdf, "never")), 403},
		{"the directory itself", "/downloads", 403},
		{"encoded slash", "/downloads%2fa.pdf", 400},
		{"encoded dots", "/x/%2e%2e%2fdownloads/a.pdf", 400},
		{"dots", "/x/../downloads/a.pdf", 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			site.take()
			e.get(c.target).want(t, c.status, "*")
			if s := site.take(); len(s) != 0 {
				t.Errorf("the origin saw %v", s)
			}
		})
	}
	t.Run("a good link", func(t *testing.T) {
		// The origin learns the path and what else was asked, but no signature.
		e.get(link(pdf, soon, good)+"&page=2").want(t, 200, "site /downloads/a.pdf?page=2")
		e.get(link(pdf, soon, good)).want(t, 200, "site /downloads/a.pdf")
	})
	t.Run("admin", func(t *testing.T) {
		e.get("/admin/").want(t, 401, "*")
		e.get("/admin").wantField(t, "WWW-Authenticate", `Bearer realm="admin"`)
		e.get("/admin/", "Authorization", "Bearer guess").want(t, 401, "*")
		e.get("/admin/", "Authorization", "Bearer").want(t, 401, "*")
		e.get("/admin/", "Authorization", "Basic letmein").want(t, 401, "*")
		site.take()
		e.get("/admin/users", "Authorization", "bearer letmein").want(t, 200, "site /admin/users")
		got := site.one(t)
		if got.header.Get("Authorization") != "" || got.header.Get("X-Admin") != "yes" {
			t.Errorf("the origin saw %v", got.header)
		}
	})
}

func TestAccessFailsClosed(t *testing.T) {
	t.Parallel()
	site := serve(t, "site", nil)
	e := dev(t, "--origin", site.URL, "--var", "ADMIN_ADDRESSES=192.0.2.1", "--var", "ADMIN_TOKEN=letmein", "access/worker.ts")
	e.get("/downloads/a.pdf?expires=9999999999&signature=").want(t, 500, "SECRET is not set.\n")
	// Neither the right token nor a field of the client's makes up for a wrong address.
	e.get("/admin/", "Authorization", "Bearer letmein", "CF-Connecting-IP", "192.0.2.1").want(t, 403, "Not from here.\n")
	if s := site.take(); len(s) != 0 {
		t.Errorf("the origin saw %v", s)
	}
}
