package main

import "path/filepath"

// caseHono runs the app of examples/hono, as it is there.
var caseHono = &benchCase{
	name: "hono", about: "a Hono app: routing, a path parameter, a middleware that adds a field, JSON",
	target: "/users/42", status: 200, body: `{"id":42}`,
	reference: nameWorkerd,
	contenders: []contender{
		{nameGannet, func(b *bench, _ string) (*server, error) { return gannet(b, "hono", b.honoDir(), "") }},
		{nameWorkerd, func(b *bench, _ string) (*server, error) {
			script, err := b.bundle(filepath.Join(b.honoDir(), "src/index.ts"))
			if err != nil {
				return nil, err
			}
			return workerd(b, "hono", script,
				`(name = "NAME", text = "Gannet"), (name = "USERNAME", text = "admin"), (name = "PASSWORD", text = "dive")`, "")
		}},
	},
}

func init() { register(caseHono) }

func (b *bench) honoDir() string { return filepath.Join(b.root, "examples/hono") }
