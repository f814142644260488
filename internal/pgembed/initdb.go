package pgembed

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// initialise makes the cluster unless it exists, and reads its password.
//
// initdb works in a folder that gets its name when it is complete: a start that was killed half way leaves nothing that
// looks like a cluster.
func (c *cluster) initialise(ctx context.Context, volatile bool) error {
	if _, err := os.Stat(filepath.Join(c.data, "PG_VERSION")); err == nil {
		return c.readPassword()
	}
	c.removeAttempts()
	if err := c.makePassword(); err != nil {
		return err
	}
	attempt, err := os.MkdirTemp(c.root, attemptPrefix+"*")
	if err != nil {
		return fmt.Errorf("make folder for the database cluster: %w", err)
	}
	if err := c.launcher.account.own(attempt); err != nil {
		return err
	}
	if err := c.initdb(ctx, attempt, volatile); err != nil {
		return err
	}
	if err := os.Rename(attempt, c.data); err != nil {
		return fmt.Errorf("put database cluster in place: %w", err)
	}
	return nil
}

const attemptPrefix = "initdb-"

func (c *cluster) removeAttempts() {
	attempts, _ := filepath.Glob(filepath.Join(c.root, attemptPrefix+"*"))
	for _, attempt := range attempts {
		// What cannot be removed now is in nobody's way, and is tried again.
		_ = os.RemoveAll(attempt)
	}
}

// initdb creates a cluster that orders text by code point and knows the letters of all scripts.
//
// The database's own ("builtin") C.UTF-8 sorts and changes case the same on every machine. pg_trgm asks the C library
// instead what a letter is; with LC_CTYPE=C only ASCII would be, and a search for 한국어 would find nothing.
func (c *cluster) initdb(ctx context.Context, dir string, volatile bool) error {
	args := []string{
		"--pgdata=" + dir, "--username=" + role, "--pwfile=" + c.passwordFile(),
		"--auth-host=scram-sha-256", "--auth-local=scram-sha-256",
		"--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
		"--locale=C", "--lc-ctype=" + ctype(), "--no-instructions",
	}
	if volatile {
		args = append(args, "--no-sync")
	}
	var out bytes.Buffer
	cmd := c.launcher.command(ctx, syscall.SIGKILL, "initdb", args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	ended, err := c.launcher.start(cmd)
	if err != nil {
		return fmt.Errorf("initdb: %w", err)
	}
	if err := <-ended; err != nil {
		return fmt.Errorf("initdb: %w%s", err, quote(out.Bytes()))
	}
	return nil
}

// ctype is a UTF-8 locale that every installation of this system has.
func ctype() string {
	if runtime.GOOS == "darwin" {
		return "en_US.UTF-8"
	}
	return "C.UTF-8"
}

// quote appends what a program said to an error about it.
func quote(out []byte) string {
	text := strings.TrimSpace(string(bytes.ToValidUTF8(out, []byte("?"))))
	if text == "" {
		return ""
	}
	return ": " + text
}

func (c *cluster) passwordFile() string { return filepath.Join(c.root, "password") }

func (c *cluster) makePassword() error {
	c.password = rand.Text()
	if err := os.WriteFile(c.passwordFile(), []byte(c.password), 0o600); err != nil {
		return fmt.Errorf("keep database password: %w", err)
	}
	return c.launcher.account.own(c.passwordFile())
}

func (c *cluster) readPassword() error {
	password, err := os.ReadFile(c.passwordFile())
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is gone, and with it the way into the database: put it back, or remove %s to begin anew", c.passwordFile(), c.root)
	}
	if err != nil {
		return fmt.Errorf("read database password: %w", err)
	}
	c.password = strings.TrimSpace(string(password))
	return nil
}
