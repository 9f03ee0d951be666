/** The time as it goes on, for ages on the page. */

import { useEffect, useState } from 'react';

/** Milliseconds since 1970, anew every `every` milliseconds while `running`. */
export function useNow(every: number, running: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!running) {
      return;
    }
    const tick = () => setNow(Date.now());
    const first = setTimeout(tick); // what was out of sight has an old time
    const timer = setInterval(tick, every);
    return () => {
      clearTimeout(first);
      clearInterval(timer);
    };
  }, [every, running]);
  return now;
}
