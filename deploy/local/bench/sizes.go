package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"seax/deploy/local/stack"
)

// memory opens conversations with the bot and reads what worker and API hold while they stay open.
func (b *bench) memory(ctx context.Context) error {
	f, err := b.openFloor(ctx, "many", 1)
	if err != nil {
		return err
	}
	defer f.close()
	n := b.open
	begun := time.Now()
	if err := each(ctx, 16, n, func(i int) error {
		c := b.newcomer(f, i)
		defer c.Close()
		if err := c.Enter(ctx, false); err != nil {
			return err
		}
		return c.Say(ctx, "How long does shipping take?")
	}); err != nil {
		return err
	}
	b.visitors += n
	if err := b.settled(ctx); err != nil {
		return err
	}
	took := time.Since(begun)
	var open int
	if err := b.Pool.QueryRow(ctx, `select count(*) from conversations where closed_at is null`).Scan(&open); err != nil {
		return err
	}
	worker, err := resident(b.PID(stack.Worker))
	if err != nil {
		return err
	}
	api, err := resident(b.PID(stack.API))
	if err != nil {
		return err
	}
	temporal, err := resident(b.PID(stack.Temporal))
	if err != nil {
		return err
	}
	const goal = 300
	b.add(row{
		What:     fmt.Sprintf("memory of worker + API, %d open conversations", open),
		Measured: fmt.Sprintf("%.0f MB (worker %.0f, API %.0f; Temporal beside them %.0f; opened with the bot's answer at %.0f/s)", worker+api, worker, api, temporal, float64(n)/took.Seconds()),
		Goal:     fmt.Sprintf("≤ %d MB", goal), Met: met(worker+api <= goal),
		Values: map[string]float64{"worker_mb": worker, "api_mb": api, "temporal_mb": temporal, "conversations": float64(open), "opened_per_s": float64(n) / took.Seconds()},
	})
	return nil
}

var residentSize = regexp.MustCompile(`VmRSS:\s*(\d+) kB`)

// resident is a process's resident memory in MB.
func resident(pid int) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	found := residentSize.FindSubmatch(status)
	if found == nil {
		return 0, fmt.Errorf("process %d has no resident memory", pid)
	}
	kb, err := strconv.ParseFloat(string(found[1]), 64)
	return kb / 1000, err
}

var script = regexp.MustCompile(`(?:src|href)="/?(assets/[^"]+\.js)"`)

// bundles weighs what browsers load at first.
func (b *bench) bundles(context.Context) error {
	dist := filepath.Join("..", "..", "web", "dist")
	index, err := os.ReadFile(filepath.Join(dist, "index.html"))
	if err != nil {
		return err
	}
	client := 0.0
	for _, found := range script.FindAllSubmatch(index, -1) {
		size, err := gzipped(filepath.Join(dist, string(found[1])))
		if err != nil {
			return err
		}
		client += size
	}
	widget, err := gzipped(filepath.Join(dist, "widget", "seax.js"))
	if err != nil {
		return err
	}
	for _, bundle := range []struct {
		what       string
		size, goal float64
	}{{"agent client, scripts of the first page", client, 250}, {"webchat widget", widget, 40}} {
		b.add(row{
			What: bundle.what, Measured: fmt.Sprintf("%.1f kB gzipped", bundle.size), Goal: fmt.Sprintf("≤ %.0f kB", bundle.goal),
			Met: met(bundle.size > 0 && bundle.size <= bundle.goal), Values: map[string]float64{"kb": bundle.size},
		})
	}
	return nil
}

// gzipped is a file's size in kB as it is sent.
func gzipped(path string) (float64, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return 0, err
	}
	if _, err := w.Write(content); err != nil {
		return 0, err
	}
	if err := w.Close(); err != nil {
		return 0, err
	}
	if strings.TrimSpace(string(content)) == "" {
		return 0, fmt.Errorf("%s is empty", path)
	}
	return float64(packed.Len()) / 1000, nil
}
