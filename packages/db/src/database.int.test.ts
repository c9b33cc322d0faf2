import { expect, test } from 'vitest'
import { useTestDatabase } from '../../../local/src/testing.ts'

const urls = useTestDatabase()
test('x', () => { expect(urls.name).not.toBe('') })
