package pgembed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// pidFile is what a postmaster says about itself in postmaster.pid.
type pidFile struct {
	pid    int    // 0: there is no such file
	status string // "starting", "ready", "stopping"
}

func readPidFile(data string) pidFile {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return pidFile{}
	}
	lines := strings.Split(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil {
		return pidFile{}
	}
	file := pidFile{pid: pid}
	if len(lines) > 7 {
		file.status = strings.TrimSpace(lines[7])
	}
	return file
}

// clearLeftovers stops what an earlier run left of this cluster: a server whose parent was killed, or backends whose
// postmaster was. They can be nobody else's, because this process holds the folder's lock. They are stopped, not adopted,
// so that the new server has the settings asked for and is a child that can be waited for.
func (c *cluster) clearLeftovers(ctx context.Context) error {
	postmaster := readPidFile(c.data).pid
	steps := []struct {
		signal   syscall.Signal
		patience time.Duration
	}{{syscall.SIGINT, fastShutdown}, {syscall.SIGQUIT, immediateShutdown}, {syscall.SIGKILL, immediateShutdown}}
	for _, step := range steps {
		left := processesOf(c.data, postmaster)
		if len(left) == 0 {
			return c.clearPidFile(postmaster)
		}
		if step.signal == syscall.SIGINT {
			// It means fast shutdown to a postmaster only.
			if !slices.Contains(left, postmaster) {
				continue
			}
			left = []int{postmaster}
		}
		for _, pid := range left {
			_ = syscall.Kill(pid, step.signal)
		}
		if err := c.awaitGone(ctx, postmaster, step.patience); err != nil {
			return err
		}
	}
	if left := processesOf(c.data, postmaster); len(left) > 0 {
		return fmt.Errorf("PostgreSQL processes %v of an earlier run do not end", left)
	}
	return c.clearPidFile(postmaster)
}

// awaitGone returns when no process of the cluster is left, or patience is.
func (c *cluster) awaitGone(ctx context.Context, postmaster int, patience time.Duration) error {
	patient, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for len(processesOf(c.data, postmaster)) > 0 {
		if !pause(patient) {
			break
		}
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("wait for the PostgreSQL of an earlier run to end: %w", err)
	}
	return nil
}

// clearPidFile removes the pid file of a dead postmaster whose process id another program has by now. PostgreSQL recognises
// a dead process by itself, but would take that program for a running server.
func (c *cluster) clearPidFile(postmaster int) error {
	if postmaster == 0 || errors.Is(syscall.Kill(postmaster, 0), syscall.ESRCH) {
		return nil
	}
	if err := os.Remove(filepath.Join(c.data, "postmaster.pid")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove stale pid file: %w", err)
	}
	return nil
}
