import { useCallback } from 'react'
import { useNavigate, useParams } from 'react-router'

/** Which entry of a list the address names: `/admin/skills/korean`, or `new`. */
export function useEntry(path: string): { id: string | undefined; close: () => void; open: (id: string) => void; to: (id: string) => string } {
  const { id } = useParams()
  const navigate = useNavigate()
  const close = useCallback(() => void navigate(path), [navigate, path])
  const open = useCallback((next: string) => void navigate(`${path}/${encodeURIComponent(next)}`, { replace: true }), [navigate, path])
  const to = useCallback((next: string) => `${path}/${encodeURIComponent(next)}`, [path])
  return { id, close, open, to }
}
