package platform

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
)

func TestOnlyWarningsOfTemporalsClientAreLogged(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	logger := slog.New(quieter{slog.NewTextHandler(&out, nil)})
	for _, l := range []*slog.Logger{logger, logger.With("TaskQueue", "conversations"), logger.WithGroup("g").With("a", 1)} {
		l.Info("Started Worker")
		l.Warn("heartbeat", "Error", serviceerror.NewCanceled("context canceled"))
		l.Warn("poll", "WorkerID", "1", "Error", fmt.Errorf("poll: %w", context.Canceled))
		l.Warn("kept", "Error", errors.New("refused"))
		l.Error("kept")
	}
	require.Equal(t, 6, strings.Count(out.String(), "\n"), out.String())
	require.Equal(t, 6, strings.Count(out.String(), "msg=kept"))
}
