package pgembed

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// launcher starts PostgreSQL's programs as the right user.
type launcher struct {
	native  string
	account account
	// extra are Linux capabilities that the account needs to reach its files.
	extra []uintptr
}

func newLauncher(a account, native, root string) (launcher, error) {
	l := launcher{native: native, account: a}
	if !a.switched {
		return l, nil
	}
	var err error
	l.extra, err = capabilities(a, native, root)
	return l, err
}

// command prepares one of PostgreSQL's programs. It gets a process group of its own, so that Ctrl-C in a terminal does not
// stop the database before those who use it.
//
// Where the kernel can, it sends signal to the program when the thread that started it ends. The caller therefore locks
// its goroutine to its thread until the program has ended.
func (l launcher) command(ctx context.Context, signal syscall.Signal, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(l.native, "bin", name), args...)
	// A clean environment: PGPORT, PGDATA or LC_ALL of the developer's shell change what PostgreSQL does.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	// The working directory may be closed to the account.
	cmd.Dir = "/"
	attributes := &syscall.SysProcAttr{Setpgid: true}
	if l.account.switched {
		attributes.Credential = &syscall.Credential{Uid: l.account.uid, Gid: l.account.gid}
	}
	tie(attributes, signal, l.extra)
	cmd.SysProcAttr = attributes
	return cmd
}
