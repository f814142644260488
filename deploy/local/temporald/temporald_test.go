package temporald_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"seax/deploy/local/temporald"
)

const queue = "greetings"

// serverOf names the database file of the server that this program, started once more by a test, is to run.
const serverOf = "SEAX_TEMPORALD_TEST_SERVER_OF"

func TestMain(m *testing.M) {
	if file := os.Getenv(serverOf); file != "" {
		server, err := temporald.Start(context.Background(), temporald.Options{DBFile: file})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(server.Addr())
		select {}
	}
	os.Exit(m.Run())
}

// greet says hello to each name it is sent, and returns after "end".
func greet(ctx workflow.Context) ([]string, error) {
	var greetings []string
	for {
		var name string
		workflow.GetSignalChannel(ctx, "name").Receive(ctx, &name)
		if name == "end" {
			return greetings, nil
		}
		greetings = append(greetings, "Hello, "+name)
	}
}

func start(t *testing.T, o temporald.Options) *temporald.Server {
	t.Helper()
	o.Log = slog.NewTextHandler(t.Output(), nil)
	server, err := temporald.Start(t.Context(), o)
	require.NoError(t, err)
	return server
}

func dial(t *testing.T, addr string) client.Client {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: addr, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func work(t *testing.T, c client.Client) {
	t.Helper()
	w := worker.New(c, queue, worker.Options{})
	w.RegisterWorkflow(greet)
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
}

func begin(t *testing.T, c client.Client, o client.StartWorkflowOptions) client.WorkflowRun {
	t.Helper()
	o.TaskQueue = queue
	run, err := c.ExecuteWorkflow(t.Context(), o, greet)
	require.NoError(t, err)
	return run
}

func signal(t *testing.T, c client.Client, id, name string) {
	t.Helper()
	require.NoError(t, c.SignalWorkflow(t.Context(), id, "", "name", name))
}

func result(t *testing.T, run client.WorkflowRun) []string {
	t.Helper()
	var greetings []string
	require.NoError(t, run.Get(t.Context(), &greetings))
	return greetings
}

func TestWorkflowsGoOnAfterARestart(t *testing.T) {
	t.Parallel()
	o := temporald.Options{DBFile: filepath.Join(t.TempDir(), "temporal.db")}
	first := start(t, o)
	c := dial(t, first.Addr())
	work(t, c)
	done := begin(t, c, client.StartWorkflowOptions{ID: "done"})
	begin(t, c, client.StartWorkflowOptions{ID: "open"})
	signal(t, c, "done", "Ana")
	signal(t, c, "done", "end")
	signal(t, c, "open", "Bo")
	require.Equal(t, []string{"Hello, Ana"}, result(t, done))
	first.Stop()

	second := start(t, o)
	defer second.Stop()
	c = dial(t, second.Addr())
	closed, err := c.DescribeWorkflowExecution(t.Context(), "done", "")
	require.NoError(t, err)
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, closed.GetWorkflowExecutionInfo().GetStatus())
	work(t, c)
	signal(t, c, "open", "end")
	require.Equal(t, []string{"Hello, Bo"}, result(t, c.GetWorkflow(t.Context(), "open", "")))
}

func TestNothingAcknowledgedIsLostWhenTheProcessIsKilled(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "temporal.db")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serverOf+"="+file)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan())
	c := dial(t, lines.Text())
	begin(t, c, client.StartWorkflowOptions{ID: "open"})
	for i := range 50 {
		signal(t, c, "open", strconv.Itoa(i))
	}
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()

	server := start(t, temporald.Options{DBFile: file})
	defer server.Stop()
	c = dial(t, server.Addr())
	work(t, c)
	signal(t, c, "open", "end")
	require.Len(t, result(t, c.GetWorkflow(t.Context(), "open", "")), 50)
}

func TestSearchAttributesCanBeAddedLater(t *testing.T) {
	t.Parallel()
	o := temporald.Options{
		DBFile:           filepath.Join(t.TempDir(), "temporal.db"),
		SearchAttributes: map[string]enumspb.IndexedValueType{"Phase": enumspb.INDEXED_VALUE_TYPE_KEYWORD},
	}
	phase := temporal.NewSearchAttributeKeyKeyword("Phase")
	priority := temporal.NewSearchAttributeKeyInt64("Priority")
	server := start(t, o)
	c := dial(t, server.Addr())
	begin(t, c, client.StartWorkflowOptions{ID: "first", TypedSearchAttributes: temporal.NewSearchAttributes(phase.ValueSet("queued"))})
	server.Stop()

	o.SearchAttributes["Priority"] = enumspb.INDEXED_VALUE_TYPE_INT
	server = start(t, o)
	c = dial(t, server.Addr())
	begin(t, c, client.StartWorkflowOptions{ID: "second", TypedSearchAttributes: temporal.NewSearchAttributes(phase.ValueSet("queued"), priority.ValueSet(3))})
	count := func(query string) int64 {
		response, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: query})
		require.NoError(t, err)
		return response.GetCount()
	}
	require.Eventually(t, func() bool { return count("Priority = 3") == 1 && count("Phase = 'queued'") == 2 }, 10*time.Second, 20*time.Millisecond)
	server.Stop()

	o.SearchAttributes["Priority"] = enumspb.INDEXED_VALUE_TYPE_KEYWORD
	_, err := temporald.Start(t.Context(), o)
	require.ErrorContains(t, err, "search attribute Priority is of type Int in this database file, not Keyword")
}

func TestTheUIShowsTheNamespace(t *testing.T) {
	t.Parallel()
	server := start(t, temporald.Options{DBFile: filepath.Join(t.TempDir(), "temporal.db"), UIAddr: "127.0.0.1:0"})
	defer server.Stop()
	require.Eventually(t, func() bool {
		page, err := http.Get(server.UIURL())
		if err != nil {
			return false
		}
		defer func() { _ = page.Body.Close() }()
		return page.StatusCode == http.StatusOK
	}, 10*time.Second, 20*time.Millisecond)
	settings, err := http.Get(server.UIURL() + "/api/v1/settings")
	require.NoError(t, err)
	defer func() { _ = settings.Body.Close() }()
	text, err := io.ReadAll(settings.Body)
	require.NoError(t, err)
	require.Contains(t, string(text), `"DefaultNamespace":"default"`)
}

func TestATakenPortIsSaid(t *testing.T) {
	t.Parallel()
	first := start(t, temporald.Options{DBFile: filepath.Join(t.TempDir(), "temporal.db")})
	defer first.Stop()
	_, err := temporald.Start(t.Context(), temporald.Options{DBFile: filepath.Join(t.TempDir(), "temporal.db"), Addr: first.Addr()})
	require.Equal(t, temporald.PortTakenError{Addr: first.Addr()}, err)
}
