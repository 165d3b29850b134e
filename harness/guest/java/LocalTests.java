import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.dag.Pipeline;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.PipelineExecutor;
import org.apache.flink.core.execution.PipelineExecutorFactory;
import org.apache.flink.core.execution.PipelineExecutorServiceLoader;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironmentFactory;

/**
 * What the environments of a user's own tests take for Flink's local executor: the same, on this cluster.
 *
 * The target stays `local`, so that PyFlink runs functions in the process of the tests, as it does
 * without us. Compiled by Janino: raw types, no lambdas.
 */
class LocalTests
    implements StreamExecutionEnvironmentFactory,
        PipelineExecutorServiceLoader,
        PipelineExecutorFactory,
        PipelineExecutor {
  static final String TARGET = "local";

  final HarnessLease lease;
  final Configuration base;
  final ClassLoader loader = Thread.currentThread().getContextClassLoader();

  LocalTests(HarnessLease lease, Configuration base) {
    this.lease = lease;
    this.base = base;
  }

  /** Makes every environment that this thread asks for one of ours; other threads have other leases. */
  public void attach() throws Exception {
    Field factory = StreamExecutionEnvironment.class.getDeclaredField("threadLocalContextEnvironmentFactory");
    factory.setAccessible(true);
    ((ThreadLocal) factory.get(null)).set(this);
  }

  public ClassLoader classLoader() {
    return Thread.currentThread().getContextClassLoader();
  }

  /** Takes away the jars that a test has added: to this thread's loader, or with null to the first one. */
  public void restore(ClassLoader earlier) {
    Thread.currentThread().setContextClassLoader(earlier == null ? loader : earlier);
  }

  /** The jobs that have not ended, as their ids; those that have are forgotten. */
  public List open() throws Exception {
    List found = new ArrayList();
    synchronized (lease.jobs) {
      found.addAll(lease.jobs);
    }
    Iterator jobs = found.iterator();
    while (jobs.hasNext()) {
      Object job = jobs.next();
      if (!lease.pending.contains(job) && lease.ended(JobID.fromHexString((String) job))) {
        jobs.remove();
        lease.jobs.remove(job);
      }
    }
    return found;
  }

  /** Cancels a job and waits for its end; false if it has not ended in time. */
  public boolean cancel(String job, long millis) throws Exception {
    return lease.cancel(Collections.singletonList(job), millis).isEmpty();
  }

  public StreamExecutionEnvironment createExecutionEnvironment(Configuration asked) {
    Configuration all = new Configuration(base);
    if (asked != null) all.addAll(asked);
    all.setString("execution.target", TARGET);
    all.setString("execution.attached", "true");
    // No class loader, as locally: it is the thread's when the job is submitted, with the jars added till then.
    return new StreamExecutionEnvironment(this, all, null);
  }

  public PipelineExecutorFactory getExecutorFactory(Configuration conf) {
    return this;
  }

  public java.util.stream.Stream getExecutorNames() {
    return Collections.singletonList(TARGET).stream();
  }

  public String getName() {
    return TARGET;
  }

  public boolean isCompatibleWith(Configuration conf) {
    return true;
  }

  public PipelineExecutor getExecutor(Configuration conf) {
    return this;
  }

  public CompletableFuture execute(Pipeline pipeline, Configuration conf, ClassLoader loader) throws Exception {
    Direct direct = new Direct(lease.cluster, pipeline, conf, loader);
    String name = direct.id.toString();
    lease.jobs.add(name);
    lease.pending.add(name);
    try {
      direct.send();
    } finally {
      lease.pending.remove(name);
    }
    return direct.client();
  }
}
