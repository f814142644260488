package pgembed

import (
	"bytes"
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
	capSetpcap       = 8
)

// tie has the kernel send signal to the child when its parent's thread ends, and grants it capabilities.
func tie(attributes *syscall.SysProcAttr, signal syscall.Signal, capabilities []uintptr) {
	attributes.Pdeathsig = signal
	attributes.AmbientCaps = capabilities
}

// empowerThread makes capabilities count in all that the commands do that the current thread starts: on the way to the
// program, where a change of user would have suspended them, and in access(2), by which PostgreSQL checks its own programs
// and which goes by the user alone otherwise. The commands get no other capability by it.
func empowerThread(capabilities []uintptr) error {
	if len(capabilities) == 0 {
		return nil
	}
	const (
		setSecurebits = 28     // PR_SET_SECUREBITS
		noSetuidFixup = 1 << 2 // SECBIT_NO_SETUID_FIXUP
	)
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, setSecurebits, noSetuidFixup, 0); errno != 0 {
		return fmt.Errorf("keep capabilities over a change of user: %w", errno)
	}
	return nil
}

// capabilities returns what the account needs on top of its own rights to reach its files below folders that are closed to
// it, such as /root. It is nothing where all is open; at most the right to read and enter everything, if root has it to
// give; and the right to override permissions where nothing less will do.
func capabilities(a account, native, root string) ([]uintptr, error) {
	closed := a.firstUnreachable(native, root)
	executable := a.may(filepath.Join(native, "bin", "postgres"), execute) && a.may(filepath.Join(native, "bin", "initdb"), execute)
	if closed == "" && executable {
		return nil, nil
	}
	if hasCapability(capSetpcap) {
		if executable && hasCapability(capDacReadSearch) {
			return []uintptr{capDacReadSearch}, nil
		}
		if hasCapability(capDacOverride) {
			return []uintptr{capDacOverride}, nil
		}
	}
	if closed == "" {
		closed = filepath.Join(native, "bin")
	}
	return nil, fmt.Errorf("user %s, as whom PostgreSQL has to run here, may not use %s: choose another place, or open it to others", a.name, closed)
}

// firstUnreachable returns the first file or folder that the account must be able to read but cannot.
func (a account) firstUnreachable(native, root string) string {
	// The data folder itself is about to be the account's.
	for _, dir := range []string{filepath.Dir(root), filepath.Join(native, "bin"), filepath.Join(native, "lib", "postgresql"), filepath.Join(native, "share", "postgresql", "extension")} {
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

// commands returns the command lines of all processes, by process id. Any user may read them, also in a container that does
// not let root look at the processes of others more closely.
func commands() map[int]string {
	entries, _ := os.ReadDir("/proc")
	all := make(map[int]string, len(entries))
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		// It is empty for a process that has ended and was not waited for.
		line, err := os.ReadFile(filepath.Join("/proc", entry.Name(), "cmdline"))
		if err == nil && len(line) > 0 {
			all[pid] = string(bytes.ReplaceAll(line, []byte{0}, []byte{' '}))
		}
	}
	return all
}
