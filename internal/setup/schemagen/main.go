// Command schemagen writes the JSON Schema of routing files. It runs in make generate.
package main

import (
	"fmt"
	"os"

	"seax/internal/setup"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "schemagen FILE")
		os.Exit(1)
	}
	if err := os.WriteFile(os.Args[1], setup.Schema(), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
