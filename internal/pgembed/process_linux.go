package pgembed

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Numbers of capabilities(7).
const (
	capDacOverride   = 1
	capDacReadSearch = 2
)

// tie has the kernel send signal to the child when its parent's thread ends, and grants it capabilities.
func tie(attributes *syscall.SysProcAttr, signal syscall.Signal, capabilities []uintptr) {
	attributes.Pdeathsig = signal
	attributes.AmbientCaps = capabilities
}

// capabilities returns what the account needs on top of its own rights to reach its files below folders that are closed to
// it, such as /root. It is nothing where all is open; at most the right to read and enter everything, if root has it to
// give; and the right to override permissions where nothing less will do.
func capabilities(a account, native, root string) ([]uintptr, error) {
	closed := a.firstUnreachable(native, root)
	executable := a.may(filepath.Join(native, "bin", "postgres"), execute) && a.may(filepath.Join(native, "bin", "initdb"), execute)
	switch {
	case closed == "" && executable:
		return nil, nil
	case executable && hasCapability(capDacReadSearch):
		return []uintptr{capDacReadSearch}, nil
	case hasCapability(capDacOverride):
		return []uintptr{capDacOverride}, nil
	case closed == "":
		closed = filepath.Join(native, "bin")
	}
	return nil, fmt.Errorf("user %s, as whom PostgreSQL has to run here, may not use %s: choose another place, or open it to others", a.name, closed)
}

// firstUnreachable returns the first file or folder that the account must be able to read but cannot.
func (a account) firstUnreachable(native, root string) string {
	for _, dir := range []string{root, filepath.Join(native, "bin"), filepath.Join(native, "lib", "postgresql"), filepath.Join(native, "share", "postgresql", "extension")} {
		if closed := a.firstClosed(dir); closed != "" {
			return closed
		}
	}
	// One file stands for all: they come from one unpacking, under one umask.
	if file := filepath.Join(native, "share", "postgresql", "postgres.bki"); !a.may(file, read) {
		return file
	}
	return ""
}

// hasCapability tells whether this process may hand a capability on.
func hasCapability(number uint) bool {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "CapPrm:"); ok {
			bits, err := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
			return err == nil && bits&(1<<number) != 0
		}
	}
	return false
}

// processesOf returns the ids of the PostgreSQL processes that work on a data folder. All of them have it as their working
// directory, which no recycled process id can pretend.
func processesOf(data string, _ int) []int {
	folder, err := os.Stat(data)
	if err != nil {
		return nil
	}
	entries, _ := os.ReadDir("/proc")
	var pids []int
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		at, err := os.Stat(filepath.Join("/proc", entry.Name(), "cwd"))
		if err != nil || !os.SameFile(folder, at) {
			continue
		}
		program, _ := os.Readlink(filepath.Join("/proc", entry.Name(), "exe"))
		// A shell that stands in the folder is not ours. A program whose file was replaced has " (deleted)" after its name.
		if strings.HasPrefix(filepath.Base(program), "postgres") {
			pids = append(pids, pid)
		}
	}
	return pids
}
