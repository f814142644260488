package pgembed

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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

// name marks this cluster's processes: PostgreSQL shows its cluster_name in the command line of each. It is made from the
// folder's place on disk, which a copy of the folder does not share.
func (c *cluster) name() (string, error) {
	info, err := os.Stat(c.data)
	if err != nil {
		return "", fmt.Errorf("look at database cluster: %w", err)
	}
	stat := statOf(info)
	return fmt.Sprintf("seax-%x-%x", stat.Dev, stat.Ino), nil
}

// clearLeftovers stops what an earlier run left of this cluster: a server whose parent was killed, or backends whose
// postmaster was. They can be nobody else's, because this process holds the folder's lock. They are stopped, not adopted,
// so that the new server has the settings asked for and is a child that can be waited for.
func (c *cluster) clearLeftovers(ctx context.Context) error {
	name, err := c.name()
	if err != nil {
		return err
	}
	postmaster := readPidFile(c.data).pid
	if left := processesOf(name); slices.Contains(left, postmaster) {
		// Fast shutdown is what SIGINT means to a postmaster.
		if err := endAll(ctx, name, []int{postmaster}, syscall.SIGINT, fastShutdown); err != nil {
			return err
		}
	}
	for _, signal := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGKILL} {
		if err := endAll(ctx, name, processesOf(name), signal, immediateShutdown); err != nil {
			return err
		}
	}
	if left := processesOf(name); len(left) > 0 {
		return fmt.Errorf("PostgreSQL processes %v of an earlier run do not end", left)
	}
	return c.clearPidFile(postmaster)
}

// endAll sends a signal to some of a cluster's processes and returns when none of the cluster is left, or patience is.
func endAll(ctx context.Context, name string, pids []int, signal syscall.Signal, patience time.Duration) error {
	for _, pid := range pids {
		_ = syscall.Kill(pid, signal)
	}
	patient, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for len(processesOf(name)) > 0 && pause(patient) {
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("wait for the PostgreSQL of an earlier run to end: %w", err)
	}
	return nil
}

// processesOf returns the ids of a cluster's processes.
func processesOf(name string) []int {
	var pids []int
	for pid, command := range commands() {
		backend := strings.HasPrefix(command, "postgres: "+name+":")
		postmaster := isPostmaster(command) && strings.Contains(command, "cluster_name="+name+" ")
		if backend || postmaster {
			pids = append(pids, pid)
		}
	}
	return pids
}

func isPostmaster(command string) bool { return strings.Contains(command, "/bin/postgres -D ") }

// clearPidFile removes the pid file of a server that does not run any more. PostgreSQL does so by itself if nothing has the
// process id, but takes another program that has it by now, and the dead server until somebody has waited for it, for a
// running one.
func (c *cluster) clearPidFile(postmaster int) error {
	running := commands()
	if _, seen := running[os.Getpid()]; !seen {
		// This system does not show its processes; PostgreSQL will judge.
		return nil
	}
	if command := running[postmaster]; isPostmaster(command) && strings.Contains(command, c.data) {
		// Started by hand, without the cluster's name.
		return nil
	}
	if err := os.Remove(filepath.Join(c.data, "postmaster.pid")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove stale pid file: %w", err)
	}
	return nil
}
