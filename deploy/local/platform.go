package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"

	"seax/deploy/local/lab"
	"seax/internal/auth"
	"seax/internal/config"
	"seax/internal/demodata"
	"seax/internal/platform"
	"seax/internal/store"
)

// startPlatform starts what makes the base SeaX: schema, demo data, API and worker, in this process.
func startPlatform(ctx context.Context, s settings, b base, stack *stack, out io.Writer) error {
	c, err := platformConfig(s, b)
	if err != nil {
		return err
	}
	if err := prepareDatabase(ctx, c); err != nil {
		return err
	}
	if s.labAddr != "" && c.ProviderProxy == nil {
		if err := startLab(ctx, s, &c, stack); err != nil {
			return err
		}
	}
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	p, err := platform.New(ctx, c, platform.Roles{API: true, Worker: true}, logger)
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	ready, ended := make(chan struct{}), make(chan struct{})
	var failed error
	go func() {
		defer close(ended)
		failed = p.Run(running, func() { close(ready) })
		p.Close()
	}()
	wait := func() error { <-ended; return failed }
	select {
	case <-ready:
	case <-ended:
		stop()
		return fmt.Errorf("start SeaX: %w", failed)
	}
	stack.add(part{name: "SeaX", wait: wait, stop: func(ctx context.Context) error {
		stop()
		select {
		case <-ended:
			return failed
		case <-ctx.Done():
			return ctx.Err()
		}
	}})
	greet(out, c, s.labAddr != "")
	return nil
}

// platformConfig is the configuration of the environment, with the addresses of this stack.
func platformConfig(s settings, b base) (config.Config, error) {
	for name, value := range map[string]string{"TEMPORAL_ADDRESS": b.temporalAddr, "SEAX_HTTP_ADDR": s.httpAddr} {
		if err := os.Setenv(name, value); err != nil {
			return config.Config{}, fmt.Errorf("set %s: %w", name, err)
		}
	}
	c, err := config.FromEnv()
	if err != nil {
		return c, err
	}
	c.DatabaseURL, c.TemporalUI = b.databaseURL, b.temporalUI
	if c.FilesURL == "" {
		folder, err := filepath.Abs(filepath.Join(b.data.path, "files"))
		if err != nil {
			return c, fmt.Errorf("find folder for files: %w", err)
		}
		c.FilesURL = (&url.URL{Scheme: "file", Path: folder}).String()
	}
	return c, nil
}

// prepareDatabase brings the schema up to date and loads the demo data, once.
func prepareDatabase(ctx context.Context, c config.Config) error {
	pool, err := store.Open(ctx, c.DatabaseURL, 4)
	if err != nil {
		return err
	}
	defer pool.Close()
	if _, err := store.Migrate(ctx, pool); err != nil {
		return err
	}
	return demodata.Load(ctx, pool, demodata.Options{HashPassword: func(password string) (string, error) {
		return auth.HashPassword(ctx, password)
	}})
}

// startLab starts the channel lab, with an account of each kind, and sets where providers are from now on, and which hosts those are.
func startLab(ctx context.Context, s settings, c *config.Config, stack *stack) error {
	certificate, authority, err := lab.MailCertificate()
	if err != nil {
		return err
	}
	pool, err := store.Open(ctx, c.DatabaseURL, 4)
	if err != nil {
		return err
	}
	l, err := lab.New(ctx, lab.Options{Pool: pool, PublicURL: c.PublicURL, Certificate: &certificate})
	if err != nil {
		pool.Close()
		return err
	}
	stack.add(part{name: "channel lab", stop: func(context.Context) error {
		defer pool.Close()
		return l.Close()
	}})
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.labAddr)
	if err != nil {
		return fmt.Errorf("SEAX_LAB_ADDR: listen on %s: %w", s.labAddr, err)
	}
	l.Serve(listener)
	c.ProviderProxy, c.ProviderHosts, c.ProviderCA = &url.URL{Scheme: "http", Host: listener.Addr().String()}, l.Hosts(), authority
	return l.Open(ctx, "assistant", "support")
}

// greet says where everything is and how to sign in.
func greet(out io.Writer, c config.Config, withLab bool) {
	phones := ""
	if withLab && c.ProviderProxy != nil {
		phones = fmt.Sprintf("  Channel lab     %s/   (be a customer on SMS, WhatsApp, LINE and others)\n", c.ProviderProxy)
	}
	_, _ = fmt.Fprintf(out, `
SeaX is running.

  Agent client    %[1]s
  Demo shop       %[1]s/demo/   (chat there as a customer)
%[4]s  API reference   %[1]s/docs
  Temporal UI     %[2]s

Sign in with the password %[3]s as
`, c.PublicURL, c.TemporalUI, demodata.Password, phones)
	for _, l := range demodata.Logins() {
		role := l.Role
		if l.Locale == "ko" {
			role += ", in Korean"
		}
		_, _ = fmt.Fprintf(out, "  %-22s %-14s %s\n", l.Email, l.Name, role)
	}
	_, _ = fmt.Fprintln(out, "\nCtrl-C stops everything; the data stays. RESET=1 begins anew.")
}
