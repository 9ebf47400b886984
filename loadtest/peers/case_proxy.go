package main

import (
	"fmt"
	"strings"
)

// originBody is 1 KiB, a small page.
var originBody = strings.Repeat("All the birds of the rock. ", 38)[:1023] + "\n"

func init() {
	register(&benchCase{
		name: "proxy", about: "pass-through to an nginx origin that answers 1 KiB: fetch(request); nginx proxy_pass with keep-alive",
		target: "/page", status: 200, body: originBody,
		reference: nameWorkerd,
		origin: func(b *bench) (*server, error) {
			return nginx(b, "proxy-origin", "", fmt.Sprintf("return 200 %q;", originBody))
		},
		contenders: []contender{
			{nameGannet, func(b *bench, origin string) (*server, error) {
				path, _, err := b.worker("proxy.js")
				if err != nil {
					return nil, err
				}
				return gannet(b, "proxy", path, origin)
			}},
			{nameNginx, func(b *bench, origin string) (*server, error) {
				return nginx(b, "proxy-nginx",
					fmt.Sprintf("upstream origin { server %s; keepalive 128; keepalive_requests 1000000000; }", origin),
					`location / { proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; }`)
			}},
			{nameWorkerd, func(b *bench, origin string) (*server, error) {
				_, script, err := b.worker("proxy.js")
				if err != nil {
					return nil, err
				}
				return workerd(b, "proxy", script, "", origin)
			}},
		},
	})
}
