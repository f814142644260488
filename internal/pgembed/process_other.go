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

// capabilities are Linux's.
func capabilities(a account, native, root string) ([]uintptr, error) {
	for _, dir := range []string{root, filepath.Join(native, "bin")} {
		if closed := a.firstClosed(dir); closed != "" {
			return nil, fmt.Errorf("user %s, as whom PostgreSQL has to run here, may not enter %s: do not run as root, or choose another place", a.name, closed)
		}
	}
	return nil, nil
}

// processesOf returns the postmaster that the data folder's pid file names, if that process runs and is PostgreSQL.
func processesOf(_ string, postmaster int) []int {
	if postmaster == 0 {
		return nil
	}
	out, err := exec.Command("ps", "-o", "comm=", "-p", strconv.Itoa(postmaster)).Output()
	if err != nil || !strings.Contains(filepath.Base(strings.TrimSpace(string(out))), "postgres") {
		return nil
	}
	return []int{postmaster}
}
