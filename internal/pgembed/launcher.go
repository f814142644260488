package pgembed

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
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
// stop the database before those who use it. Where the kernel can, it sends signal to the program when this process dies.
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

// start starts a command. The channel delivers what cmd.Wait returns, once.
//
// It gives the command a thread of its own for as long as it runs: the kernel's signal comes when the thread that started
// the command ends, which for other threads may be before this process does.
func (l launcher) start(cmd *exec.Cmd) (<-chan error, error) {
	started, ended := make(chan error), make(chan error, 1)
	go func() {
		// Never unlocked: the thread ends with this function, and what was changed in it.
		runtime.LockOSThread()
		err := empowerThread(l.extra)
		if err == nil {
			err = cmd.Start()
		}
		started <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, l.explain(err)
	}
	return ended, nil
}

// explain adds to "no such file" what is missing: the file itself is there.
func (l launcher) explain(err error) error {
	if errors.Is(err, fs.ErrNotExist) && isNative(l.native) {
		return fmt.Errorf("%w (the program is there; it needs the GNU C library, which this system does not seem to have)", err)
	}
	return err
}
