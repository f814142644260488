// Package web holds the built agent client, webchat widget and demo page. "make build" builds them into dist; a program built
// before that serves a page that says so.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files returns what was built: index.html, assets/, widget/, demo/.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		// "dist" is a valid path.
		panic(err)
	}
	return files
}
