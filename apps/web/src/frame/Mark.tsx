/** Tickwatch's mark: a pulse. */
export function Mark({ size, className }: { size: number; className?: string | undefined }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" className={className}>
      <rect width="32" height="32" rx="7" fill="#5b4fd1" />
      <path
        d="M5 17h5l3-8 5 15 4-10 2 3h4"
        fill="none"
        stroke="#fff"
        strokeWidth="2.6"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  )
}
