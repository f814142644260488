package connectors_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"seax/connectors"
)

// The client counts while somebody writes; it goes by the same cases.
func TestLengthsAreTheClients(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("testdata/lengths.json")
	require.NoError(t, err)
	var cases []struct {
		Text                     string
		Characters, Bytes, UTF16 int
	}
	require.NoError(t, json.Unmarshal(content, &cases))
	require.NotEmpty(t, cases)
	for _, c := range cases {
		require.Equal(t, c.Characters, connectors.Length(c.Text, connectors.Characters), "%q", c.Text)
		require.Equal(t, c.Bytes, connectors.Length(c.Text, connectors.Bytes), "%q", c.Text)
		require.Equal(t, c.UTF16, connectors.Length(c.Text, connectors.UTF16), "%q", c.Text)
	}
}

func TestFilesHaveTheLimitOfTheirType(t *testing.T) {
	t.Parallel()
	c := connectors.Capabilities{
		MaxFileBytes: 100, FileTypes: []string{"image/*", "application/pdf"}, Media: []connectors.MediaRule{{Types: []string{"image/gif"}, MaxBytes: 10}, {Types: []string{"application/*"}, MaxBytes: 50}},
	}
	for mediaType, limit := range map[string]int64{"image/png": 100, "image/gif": 10, "application/pdf": 50, "application/zip": 0, "imagery/png": 0, "": 0} {
		require.Equal(t, limit, c.FileLimit(mediaType), mediaType)
	}
	require.Zero(t, connectors.Capabilities{}.FileLimit("image/png"))
}
