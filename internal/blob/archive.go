package blob

import (
	"bytes"
	"encoding/binary"
	"path"
	"strings"
)

// Bounds of what is read of an archive's directory.
const (
	maxDirectory = 4 << 20
	maxEntries   = 20_000
)

// archive tells what kind of zip a file is by the names in it, and refuses those with programs or macros in them.
func archive(c *spooled) (string, error) {
	names, err := entries(c)
	if err != nil {
		return "", err
	}
	all := map[string]bool{}
	for _, name := range names {
		name = strings.ToLower(strings.ReplaceAll(name, `\`, "/"))
		all[name] = true
		switch base := path.Base(name); {
		case base == "vbaproject.bin" || base == "vbaprojectsignature.bin" || strings.Contains(name, "/activex/"):
			return "", refuse("it has macros in it")
		case name == "meta-inf/manifest.mf" || name == "androidmanifest.xml" || base == "classes.dex":
			return "", refuse("this is a program")
		}
	}
	if all["[content_types].xml"] {
		switch {
		case all["word/document.xml"]:
			return docx, nil
		case all["xl/workbook.xml"]:
			return xlsx, nil
		case all["ppt/presentation.xml"]:
			return pptx, nil
		}
	}
	for name := range all {
		if extension := path.Ext(name); runnable[extension] {
			return "", refuse("there is a program or a script in it (%s)", extension)
		}
	}
	return "application/zip", nil
}

type directory struct{ offset, size int64 }

// directoryEnd finds the record at the end of every zip that says where its directory is.
func directoryEnd(c *spooled) (d directory, found bool) {
	const record = 22
	tail := c.bytes(c.size-record-1<<16, record+1<<16)
	for at := len(tail) - record; at >= 0; at-- {
		r := tail[at:]
		if !bytes.HasPrefix(r, []byte("PK\x05\x06")) {
			continue
		}
		// A comment of the length it says must follow, else these are four bytes by chance.
		if comment := int(binary.LittleEndian.Uint16(r[20:])); at+record+comment != len(tail) {
			continue
		}
		return directory{offset: int64(binary.LittleEndian.Uint32(r[16:])), size: int64(binary.LittleEndian.Uint32(r[12:]))}, true
	}
	return d, false
}

// entries reads the names in a zip's directory.
func entries(c *spooled) ([]string, error) {
	broken := refuse("it begins like an archive but is none")
	d, found := directoryEnd(c)
	if !found || d.offset+d.size > c.size {
		return nil, broken
	}
	if d.size > maxDirectory {
		return nil, refuse("there are too many files in it")
	}
	raw := c.bytes(d.offset, d.size)
	var names []string
	for len(raw) > 0 {
		const fixed = 46
		if len(raw) < fixed || !bytes.HasPrefix(raw, []byte("PK\x01\x02")) {
			return nil, broken
		}
		nameLength := int(binary.LittleEndian.Uint16(raw[28:]))
		total := fixed + nameLength + int(binary.LittleEndian.Uint16(raw[30:])) + int(binary.LittleEndian.Uint16(raw[32:]))
		if len(raw) < total || len(names) == maxEntries {
			return nil, broken
		}
		names = append(names, string(raw[fixed:fixed+nameLength]))
		raw = raw[total:]
	}
	if len(names) == 0 {
		return nil, broken
	}
	return names, nil
}
