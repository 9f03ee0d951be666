/** The time as it goes on, for ages on the page. */

import { useEffect, useState } from 'react';

/** Milliseconds since 1970, anew every `every` milliseconds while `running`. */
export function useNow(every: number, running: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!running) {
      return;
    }
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every, running]);
  return now;
}
