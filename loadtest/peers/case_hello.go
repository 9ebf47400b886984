package main

func init() {
	register(&benchCase{
		name: "hello", about: "a worker that answers 20 bytes; nginx `return 200`; gnet's loops with fixed bytes",
		target: "/", status: 200, body: "Hello from the edge\n",
		reference: nameBareGnet,
		contenders: []contender{
			{nameGannet, func(b *bench, _ string) (*server, error) {
				path, _, err := b.worker("hello.js")
				if err != nil {
					return nil, err
				}
				return gannet(b, "hello", path, "")
			}},
			{nameBareGnet, func(b *bench, _ string) (*server, error) { return bareGnet(b, "hello") }},
			{nameNginx, func(b *bench, _ string) (*server, error) {
				return nginx(b, "hello-nginx", "", `return 200 "Hello from the edge\n";`)
			}},
			{nameWorkerd, func(b *bench, _ string) (*server, error) {
				_, script, err := b.worker("hello.js")
				if err != nil {
					return nil, err
				}
				return workerd(b, "hello", script, "", "")
			}},
		},
	})
}
