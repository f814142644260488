package pgembed

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// account is the operating system's user that PostgreSQL runs as. It refuses to run as root, so root lends it another.
type account struct {
	name     string
	uid, gid uint32
	// switched says that it is not the user of this process.
	switched bool
}

// accountFor returns this process's own user. For root it is the user that already owns the data folder; if that is root
// too, "postgres", or else "nobody".
func accountFor(root string) (account, error) {
	owner, err := ownerOf(root)
	if err != nil {
		return account{}, err
	}
	if uid := os.Geteuid(); uid != 0 {
		if owner != uint32(uid) {
			return account{}, fmt.Errorf("the data folder %s belongs to %s: run as that user, or choose another folder", root, userName(owner))
		}
		return account{uid: uint32(uid), gid: uint32(os.Getegid())}, nil
	}
	names := []string{"postgres", "nobody"}
	if owner != 0 {
		names = []string{userName(owner)}
	}
	for _, name := range names {
		if a, ok := lookup(name); ok {
			return a, nil
		}
	}
	return account{}, fmt.Errorf("PostgreSQL refuses to run as root, and this machine has no user %s to run it as", strings.Join(names, " or "))
}

func lookup(name string) (account, bool) {
	u, err := user.Lookup(name)
	if err != nil {
		return account{}, false
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil || uid == 0 {
		return account{}, false
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return account{}, false
	}
	return account{name: name, uid: uint32(uid), gid: uint32(gid), switched: true}, true
}

func userName(uid uint32) string {
	id := strconv.FormatUint(uint64(uid), 10)
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return "user " + id
}

func ownerOf(path string) (uint32, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, fmt.Errorf("look at data folder: %w", err)
	}
	return statOf(info).Uid, nil
}

func statOf(info fs.FileInfo) *syscall.Stat_t {
	return info.Sys().(*syscall.Stat_t)
}

// own gives everything in the data folder to the account, if it does not have it.
func (a account) own(root string) error {
	if !a.switched {
		return nil
	}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		var info fs.FileInfo
		if err == nil {
			info, err = entry.Info()
		}
		if errors.Is(err, fs.ErrNotExist) {
			// A server that outlived its parent may be deleting files right now.
			return nil
		}
		if err != nil {
			return err
		}
		if stat := statOf(info); stat.Uid == a.uid && stat.Gid == a.gid {
			return nil
		}
		return os.Lchown(path, int(a.uid), int(a.gid))
	})
	if err != nil {
		return fmt.Errorf("give the data folder to %s: %w", a.name, err)
	}
	return nil
}

// firstClosed returns the first folder on the way to dir, dir included, that the account may not enter; "" if there is none.
func (a account) firstClosed(dir string) string {
	if up := filepath.Dir(dir); up != dir {
		if closed := a.firstClosed(up); closed != "" {
			return closed
		}
	}
	if !a.may(dir, execute) {
		return dir
	}
	return ""
}

const (
	read    fs.FileMode = 0o4
	execute fs.FileMode = 0o1
)

// may tells whether the permission bits of a file or folder allow the account something. What access lists add or take
// away is not seen.
func (a account) may(path string, what fs.FileMode) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	mode := info.Mode().Perm()
	switch stat := statOf(info); {
	case stat.Uid == a.uid:
		mode >>= 6
	case stat.Gid == a.gid:
		mode >>= 3
	}
	return mode&what == what
}
