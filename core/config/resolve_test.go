package config

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestWorkerProject(t *testing.T) {
	dir := write(t, map[string]string{
		"gannet.toml": `
[[worker]]
name = "api"
dir = "api"
env = "prod"
vars = { B = "gannet", D = 1 }
limits = { wall_ms = 5 }
secrets = { S = { env = "X" } }
[[worker]]
name = "moved"
dir = "api"
routes = ["moved.example.com/*"]
secrets = { KEY = { env = "X" } }
[[worker]]
name = "script"
main = "one.js"
[[worker]]
name = "empty"
dir = "nothing"
`,
		"api/wrangler.toml": `
name = "theirs"
main = "index.js"
route = "api.example.com/*"
limits = { cpu_ms = 7, subrequests = 3 }
secrets.required = ["KEY"]
vars = { A = "wrangler" }
[env.prod]
vars = { A = "prod", B = "prod", S = "plain" }
`,
		"api/index.js": "", "api/.dev.vars": "A=never", "one.js": "", ".env": "A=never", "nothing/README.md": "",
	})
	c, problems := Load(filepath.Join(dir, "gannet.toml"))
	if problems != nil {
		t.Fatal(lines(dir, problems))
	}
	f := func(i int, want, wantProblems string) {
		t.Helper()
		p, problems := c.Workers[i].Project()
		wantLines(t, lines(dir, problems), wantProblems)
		if p == nil {
			if want != "" {
				t.Errorf("worker %d has no project", i)
			}
			return
		}
		got := p.Name + " " + strings.TrimPrefix(p.Main, dir+"/")
		for _, r := range p.Routes {
			got += " " + r.Pattern.String() + ">" + r.Worker
		}
		for _, v := range p.AllVars() {
			got += " " + v.Name + "=" + v.Text + string(v.JSON)
		}
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	f(0, "api api/index.js api.example.com/*>api A=prod B=gannet D=1",
		"api/wrangler.toml:6:1: warning: secrets: not in force in env.prod, which does not inherit it")
	f(1, "moved api/index.js moved.example.com/*>moved A=wrangler", "")
	f(2, "script one.js", "")
	f(3, "", "nothing: no script here: no wrangler file, no package.json with main, no index.ts or index.js, no src/index.ts, no worker.js; name the script itself")
	p, _ := c.Workers[0].Project()
	if p.Limits.CPU != 7*time.Millisecond || p.Limits.Wall != 5*time.Millisecond || p.Limits.Subrequests != 3 {
		t.Errorf("limits: %+v", p.Limits)
	}
	c.Workers[1].Secrets = nil
	f(1, "moved api/index.js moved.example.com/*>moved A=wrangler",
		`gannet.toml:9:3: worker "moved": the project requires the secret KEY: add it to secrets`)
}
