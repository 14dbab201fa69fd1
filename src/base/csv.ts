// Lines of CSV (RFC 4180) that people open in a spreadsheet.

/** Beginnings that make a spreadsheet take a cell for a formula (CWE-1236). */
const formulaPattern = /^[=+\-@\t\r]/

/**
 * One line, ended as the RFC says. A cell that a spreadsheet would run gets an apostrophe in front.
 */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`
}

function cellOf(text: string): string {
  const harmless = formulaPattern.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
