package assets

import "testing"

// BenchmarkServe is what one request for a small file costs: stats, open, read, close.
func BenchmarkServe(b *testing.B) {
	for _, mode := range []HTMLHandling{Plain, AutoTrailingSlash} {
		s := site(b, mode, NotFoundNone, "/sub/page.html", "/sub/app.js")
		for name, target := range map[string]string{"script": "/sub/app.js", "missing": "/sub/none"} {
			b.Run("html="+mode.String()+"/path="+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					resp := s.Serve("GET", target, nil)
					if (resp.Status == 200) != (name == "script") {
						b.Fatal(resp.Status)
					}
				}
			})
		}
	}
}
