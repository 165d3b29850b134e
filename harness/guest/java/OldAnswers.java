import java.util.Collection;
import java.util.Iterator;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.rest.handler.legacy.ExecutionGraphCache;

/**
 * Removes answers of the REST interface that are too old.
 *
 * Flink looks for them every second refresh interval. Ours is a millisecond, so that no answer is old, and
 * an idle JVM would look 500 times a second: two hundredths of a processor, as long as it is kept warm.
 */
class OldAnswers implements Runnable {
  static final long EVERY_SECONDS = 5;

  final ExecutionGraphCache cache;

  OldAnswers(ExecutionGraphCache cache) {
    this.cache = cache;
  }

  public void run() {
    cache.cleanup();
  }

  /** Looks for them seldom; asked again, it changes nothing. */
  static void removeSeldom(MiniCluster cluster) throws Exception {
    Iterator components = ((Collection) Live.field(cluster, "dispatcherResourceManagerComponents")).iterator();
    while (components.hasNext()) {
      Object endpoint = Live.field(components.next(), "webMonitorEndpoint");
      ScheduledFuture often = (ScheduledFuture) Live.field(endpoint, "executionGraphCleanupTask");
      if (often == null || !often.cancel(false)) continue;
      ScheduledExecutorService executor = (ScheduledExecutorService) Live.field(endpoint, "executor");
      Runnable seldom = new OldAnswers((ExecutionGraphCache) Live.field(endpoint, "executionGraphCache"));
      executor.scheduleWithFixedDelay(seldom, EVERY_SECONDS, EVERY_SECONDS, TimeUnit.SECONDS);
    }
  }
}
