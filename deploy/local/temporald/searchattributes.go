package temporald

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// addSearchAttributes adds those that a namespace made by an earlier run does not have yet, and returns when they can be
// used.
func addSearchAttributes(ctx context.Context, c client.Client, namespace string, wanted map[string]enumspb.IndexedValueType) error {
	list, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return fmt.Errorf("list search attributes: %w", err)
	}
	missing := map[string]enumspb.IndexedValueType{}
	for name, kind := range wanted {
		switch has, ok := list.GetCustomAttributes()[name]; {
		case !ok:
			missing[name] = kind
		case has != kind:
			return fmt.Errorf("search attribute %s is of type %s in this database file, not %s: begin with a new file", name, has, kind)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	add := &operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: missing}
	if _, err := c.OperatorService().AddSearchAttributes(ctx, add); err != nil {
		return fmt.Errorf("add search attributes %v: %w", slices.Sorted(maps.Keys(missing)), err)
	}
	return awaitSearchAttributes(ctx, c, namespace, missing)
}

// awaitSearchAttributes returns when every service of the server knows them. Only the frontend can be asked; the others
// have looked again, too, after two of its intervals.
func awaitSearchAttributes(ctx context.Context, c client.Client, namespace string, names map[string]enumspb.IndexedValueType) error {
	others := time.After(2 * namespaceRefresh)
	for name := range names {
		count := &workflowservice.CountWorkflowExecutionsRequest{Namespace: namespace, Query: "`" + name + "` is null"}
		for {
			_, err := c.CountWorkflow(ctx, count)
			if err == nil {
				break
			}
			if _, unknown := errors.AsType[*serviceerror.InvalidArgument](err); !unknown {
				return fmt.Errorf("use search attribute %s: %w", name, err)
			}
			if err := wait(ctx, time.After(50*time.Millisecond)); err != nil {
				return fmt.Errorf("use search attribute %s: %w", name, err)
			}
		}
	}
	return wait(ctx, others)
}

func wait(ctx context.Context, until <-chan time.Time) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-until:
		return nil
	}
}
