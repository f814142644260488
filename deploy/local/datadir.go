package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"seax/internal/pgembed"
)

// dataDir is the stack's folder, locked until this process ends, however it ends.
type dataDir struct {
	path string
	lock *os.File
}

const (
	// marker is the file that says that a folder is a stack's, and may be wiped.
	marker     = ".seax-local"
	markerText = "The data of a local SeaX stack. seax-local --reset removes everything in this folder.\n"
	lockName   = "lock"
)

// Whom a lock keeps out: a whole stack anybody else, single parts of a stack only a whole stack.
const (
	alone  = syscall.LOCK_EX
	shared = syscall.LOCK_SH
)

// openDataDir makes the folder if it is missing, locks it, and empties it if the settings say so.
func openDataDir(ctx context.Context, s settings, mode int) (*dataDir, error) {
	path, err := filepath.Abs(s.dataDir)
	if err != nil {
		return nil, fmt.Errorf("find data folder: %w", err)
	}
	if err := claim(path); err != nil {
		return nil, err
	}
	first := mode
	if s.reset {
		first = alone
	}
	lock, err := lockFile(filepath.Join(path, lockName), first)
	if err != nil {
		return nil, err
	}
	d := &dataDir{path: path, lock: lock}
	if s.reset {
		if err := d.wipe(ctx); err != nil {
			d.close()
			return nil, err
		}
		if err := syscall.Flock(int(lock.Fd()), mode|syscall.LOCK_NB); err != nil {
			d.close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
	}
	return d, nil
}

// claim makes a folder the stack's, unless it already is or has somebody else's files.
func claim(path string) error {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	if _, err := os.Stat(filepath.Join(path, marker)); err == nil {
		return nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return fmt.Errorf("read data folder: %w", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty and not the data folder of a stack: set SEAX_DATA_DIR to a new or empty folder", path)
	}
	if err := os.WriteFile(filepath.Join(path, marker), []byte(markerText), 0o644); err != nil {
		return fmt.Errorf("mark data folder: %w", err)
	}
	return nil
}

// inUseError says that another stack has the lock.
type inUseError struct{ path string }

func (e inUseError) Error() string {
	return filepath.Dir(e.path) + " is in use by another running stack: stop it, or set SEAX_DATA_DIR to another folder"
}

// lockFile takes a lock that lasts until the file is closed or this process ends.
func lockFile(path string, mode int) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), mode|syscall.LOCK_NB)
	if err == nil {
		return file, nil
	}
	_ = file.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, inUseError{path}
	}
	return nil, fmt.Errorf("lock %s: %w", path, err)
}

// wipe removes everything but what makes the folder a locked data folder.
func (d *dataDir) wipe(ctx context.Context) error {
	// A server that outlived its stack still writes there.
	if err := pgembed.Remove(ctx, d.postgres()); err != nil {
		return fmt.Errorf("remove database: %w", err)
	}
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return fmt.Errorf("read data folder: %w", err)
	}
	for _, entry := range entries {
		if entry.Name() == marker || entry.Name() == lockName {
			continue
		}
		if err := os.RemoveAll(filepath.Join(d.path, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("empty data folder: %w", err)
		}
	}
	return nil
}

func (d *dataDir) close() {
	// Not by closing alone: a program that is just being started holds a copy of the file until it has replaced this one.
	_ = syscall.Flock(int(d.lock.Fd()), syscall.LOCK_UN)
	_ = d.lock.Close()
}

func (d *dataDir) postgres() string { return filepath.Join(d.path, "postgres") }
func (d *dataDir) temporal() string { return filepath.Join(d.path, "temporal") }

// logFile is where a part that writes more than one wants to see leaves its log of this run.
func (d *dataDir) logFile(name string) (*os.File, error) {
	dir := filepath.Join(d.path, "log")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make log folder: %w", err)
	}
	file, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		return nil, fmt.Errorf("make log: %w", err)
	}
	return file, nil
}
