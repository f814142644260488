export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="#0c7a80" />
      <g fill="none" strokeWidth="2.8" strokeLinecap="round">
        <path stroke="#fff" d="M6 12.500c3.400 0 3.400 3 6.700 3s3.300-3 6.600-3 3.400 3 6.700 3" />
        <path stroke="#8fe3dd" d="M6 19c3.400 0 3.400 3 6.700 3s3.300-3 6.600-3 3.400 3 6.700 3" />
      </g>
    </svg>
  )
}
