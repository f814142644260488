package views_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"seax/internal/dispatch"
	"seax/internal/views"
)

// Clients go through these lists without asking whether they are there.
func TestAnExplanationsListsAreListsWhenTheyAreEmpty(t *testing.T) {
	t.Parallel()
	x := dispatch.Explanation{History: dispatch.History{Way: []dispatch.Stop{{Queue: "support", Plan: "shop"}}, Offers: []dispatch.PastOffer{{}}}}
	text, err := json.Marshal(views.Explanation(x))
	require.NoError(t, err)
	require.NotContains(t, string(text), "null")
}
