// Command gannet is the whole product: see gannet help, and package internal/cli.
package main

import (
	"os"

	"gannet/cmd/gannet/internal/cli"
)

// version is set by the linker: -X main.version=….
var version = "dev"

func main() { os.Exit(cli.Main(os.Args[1:], version)) }
