package blob

import "bytes"

// Look is what Put decides before it stores anything.
func (*Store) Look(name string, content []byte) (cleaned, mediaType string, err error) {
	c, err := spool(bytes.NewReader(content), 1<<20)
	if err != nil {
		return "", "", err
	}
	defer c.discard()
	cleaned = CleanName(name)
	mediaType, err = classify(c, cleaned)
	return withExtension(cleaned, mediaType), mediaType, err
}
