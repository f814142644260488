package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"seax/internal/taskrouter"
)

const importUsage = "seax import taskrouter FILE... [--strict] [--channel NAME=KIND]... [--email-domain DOMAIN]"

// maxImport bounds what one import reads, in bytes.
const maxImport = 256 << 20

// errFindings: with --strict everything must come over as it was.
var errFindings = errors.New("not everything came over as it was")

// importTaskRouter writes the routing that TaskRouter's resources become to out, and what there is to say of it to report.
func importTaskRouter(args []string, out, report io.Writer) error {
	options := taskrouter.Options{Channels: map[string]string{}}
	flags := flag.NewFlagSet("import taskrouter", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	strict := flags.Bool("strict", false, "")
	flags.StringVar(&options.EmailDomain, "email-domain", taskrouter.NoDomain, "")
	flags.Func("channel", "", func(pair string) error {
		name, kind, found := strings.Cut(pair, "=")
		if !found || name == "" || kind == "" {
			return fmt.Errorf("%q is not like chat=webchat", pair)
		}
		options.Channels[name] = kind
		return nil
	})
	// Files may stand before the flags.
	var files []string
	for rest := args; ; {
		if err := flags.Parse(rest); err != nil {
			return fmt.Errorf("%w; use it as: %s", err, importUsage)
		}
		if rest = flags.Args(); len(rest) == 0 {
			break
		}
		files, rest = append(files, rest[0]), rest[1:]
	}
	if len(files) == 0 {
		return errors.New("give the files: " + importUsage)
	}
	sources, err := readSources(files)
	if err != nil {
		return err
	}
	result, err := taskrouter.Import(sources, options)
	if err != nil {
		return fmt.Errorf("nothing was imported:\n%w", err)
	}
	text, err := result.YAML()
	if err != nil {
		return err
	}
	if _, err := out.Write(text); err != nil {
		return err
	}
	for _, f := range result.Findings {
		if _, err := fmt.Fprintln(report, f); err != nil {
			return err
		}
	}
	if *strict && len(result.Findings) > 0 {
		return fmt.Errorf("%w: %d findings", errFindings, len(result.Findings))
	}
	return nil
}

func readSources(files []string) ([]taskrouter.Source, error) {
	left := int64(maxImport)
	sources := make([]taskrouter.Source, len(files))
	for i, file := range files {
		from, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(io.LimitReader(from, left+1))
		_ = from.Close()
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		if left -= int64(len(text)); left < 0 {
			return nil, fmt.Errorf("the files are larger than %d MB together", maxImport>>20)
		}
		sources[i] = taskrouter.Source{Name: file, Text: text}
	}
	return sources, nil
}
