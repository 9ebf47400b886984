package main

import (
	"os"

	"gannet/cmd/gannet/internal/cli"
)

// version is set by the linker: -X main.version=….
var version = "dev"

func main() { os.Exit(cli.Main(os.Args[1:], version)) }
