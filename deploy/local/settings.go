package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// settings say where the stack keeps its data and listens. Two stacks on one machine need different data folders and
// addresses; port 0 takes any free one.
type settings struct {
	// httpAddr is the platform's: SEAX_HTTP_ADDR, default 127.0.0.1:8080.
	httpAddr string
	// temporalAddr is the Temporal frontend's: SEAX_TEMPORAL_ADDR, default 127.0.0.1:7233.
	temporalAddr string
	// temporalUIAddr is the Temporal UI's: SEAX_TEMPORAL_UI_ADDR, default 127.0.0.1:8233.
	temporalUIAddr string
	// labAddr is the channel lab's: SEAX_LAB_ADDR, default 127.0.0.1:8090; "": there is none (SEAX_LAB_ADDR=off), and real providers are called.
	labAddr string
	// postgresPort is PostgreSQL's on 127.0.0.1: SEAX_POSTGRES_ADDR, default 0, which is any free one that is then kept.
	postgresPort int
	// dataDir keeps everything: SEAX_DATA_DIR, default .data in the repository.
	dataDir string
	// reset removes all data first: RESET.
	reset bool
}

func readSettings(getenv func(string) string) (settings, error) {
	s := settings{reset: isTrue(getenv("RESET")), dataDir: getenv("SEAX_DATA_DIR")}
	for _, addr := range []struct {
		to             *string
		variable, base string
	}{
		{&s.httpAddr, "SEAX_HTTP_ADDR", "127.0.0.1:8080"},
		{&s.temporalAddr, "SEAX_TEMPORAL_ADDR", "127.0.0.1:7233"},
		{&s.temporalUIAddr, "SEAX_TEMPORAL_UI_ADDR", "127.0.0.1:8233"},
		{&s.labAddr, "SEAX_LAB_ADDR", "127.0.0.1:8090"},
	} {
		*addr.to = addr.base
		if value := getenv(addr.variable); value != "" {
			*addr.to = value
		}
		if addr.to == &s.labAddr && !isTrue(*addr.to) {
			s.labAddr = ""
			continue
		}
		if _, _, err := splitAddr(*addr.to); err != nil {
			return s, fmt.Errorf("%s: %w", addr.variable, err)
		}
	}
	if value := getenv("SEAX_POSTGRES_ADDR"); value != "" {
		host, port, err := splitAddr(value)
		if err != nil {
			return s, fmt.Errorf("SEAX_POSTGRES_ADDR: %w", err)
		}
		if host != "127.0.0.1" {
			return s, fmt.Errorf("SEAX_POSTGRES_ADDR: %s is not on 127.0.0.1, where the stack's own PostgreSQL listens", value)
		}
		s.postgresPort = port
	}
	if s.dataDir == "" {
		root, err := repository()
		if err != nil {
			return s, err
		}
		s.dataDir = filepath.Join(root, ".data")
	}
	return s, nil
}

func isTrue(value string) bool {
	return !slices.Contains([]string{"", "0", "false", "no", "off"}, strings.ToLower(value))
}

// splitAddr takes IP:port; host names are refused because what listens needs to know which of their addresses is meant.
func splitAddr(addr string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(addr)
	if err == nil {
		port, err = strconv.Atoi(text)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if err != nil || net.ParseIP(host) == nil || port < 0 || port > 65535 {
		return "", 0, fmt.Errorf("%q is not an address like 127.0.0.1:8080", addr)
	}
	return host, port, nil
}

// repository finds the checkout that this program belongs to: the one it is called in, or else the one it was built in.
func repository() (string, error) {
	var starts []string
	if cwd, err := os.Getwd(); err == nil {
		starts = append(starts, cwd)
	}
	if program, err := os.Executable(); err == nil {
		starts = append(starts, filepath.Dir(program))
	}
	for _, at := range starts {
		for ; at != filepath.Dir(at); at = filepath.Dir(at) {
			if _, err := os.Stat(filepath.Join(at, "deploy", "local", "go.mod")); err == nil {
				return at, nil
			}
		}
	}
	return "", errors.New("SEAX_DATA_DIR is not set, and this is not called in the repository, where its default would be")
}
