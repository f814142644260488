//go:build unix && !linux

package pgembed

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// tie does nothing: only Linux tells a child of its parent's death. The next Start stops a server that was left behind.
func tie(*syscall.SysProcAttr, syscall.Signal, []uintptr) {}

func empowerThread([]uintptr) error { return nil }

// capabilities are Linux's.
func capabilities(a account, native, root string) ([]uintptr, error) {
	for _, dir := range []string{filepath.Dir(root), filepath.Join(native, "bin")} {
		if closed := a.firstClosed(dir); closed != "" {
			return nil, fmt.Errorf("user %s, as whom PostgreSQL has to run here, may not enter %s: do not run as root, or choose another place", a.name, closed)
		}
	}
	return nil, nil
}

// commands returns the command lines of all processes, by process id.
func commands() map[int]string {
	out, _ := exec.Command("ps", "-axo", "pid=,command=").Output()
	all := map[int]string{}
	for line := range strings.Lines(string(out)) {
		id, command, _ := strings.Cut(strings.TrimSpace(line), " ")
		if pid, err := strconv.Atoi(id); err == nil {
			all[pid] = command
		}
	}
	return all
}
