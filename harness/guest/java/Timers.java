import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.taskmanager.Task;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.util.CloseableIterator;

/**
 * The processing-time timers of a running job. They are read by the thread of each task itself, between two
 * records, so that what is told is true at that moment.
 */
class Timers implements Callable {
  static final int SECONDS = 10;

  final Object chain;
  final int subtask;

  Timers(Object chain, int subtask) {
    this.chain = chain;
    this.subtask = subtask;
  }

  /** Per operator and subtask with timers: [name, subtask, the first that fires, the last], in milliseconds. */
  static String read(MiniCluster cluster, String job) throws Exception {
    List asked = new ArrayList();
    Iterator tasks = Live.tasks(cluster, job).iterator();
    while (tasks.hasNext()) {
      Task task = (Task) tasks.next();
      Object invokable = Live.field(task, "invokable");
      Object chain = invokable == null ? null : Live.field(invokable, "operatorChain");
      Object mailbox = chain == null ? null : Live.field(invokable, "mainMailboxExecutor");
      if (mailbox == null) continue;
      Callable read = new Timers(chain, task.getTaskInfo().getIndexOfThisSubtask());
      try {
        asked.add(((MailboxExecutor) mailbox).submit(read, "timers"));
      } catch (RejectedExecutionException ended) {
        continue;
      }
    }
    StringBuilder out = new StringBuilder("[");
    for (int i = 0; i < asked.size(); i++) {
      String found;
      try {
        found = (String) ((Future) asked.get(i)).get(SECONDS, TimeUnit.SECONDS);
      } catch (CancellationException ended) {
        continue;
      }
      if (found.length() > 0 && out.length() > 1) out.append(",");
      out.append(found);
    }
    return out.append("]").toString();
  }

  public Object call() throws Exception {
    StringBuilder out = new StringBuilder();
    Iterator wrappers = ((Iterable) Live.call(chain, "getAllOperators")).iterator();
    while (wrappers.hasNext()) {
      Object operator = Live.call(wrappers.next(), "getStreamOperator");
      Object manager = Live.field(operator, "timeServiceManager");
      Object services = manager == null ? null : Live.field(manager, "timerServices");
      if (services == null) continue;
      long first = Long.MAX_VALUE;
      long last = Long.MIN_VALUE;
      Iterator it = ((Map) services).values().iterator();
      while (it.hasNext()) {
        Object queue = Live.field(it.next(), "processingTimeTimersQueue");
        CloseableIterator timers = (CloseableIterator) Live.call(queue, "iterator");
        try {
          while (timers.hasNext()) {
            long at = ((InternalTimer) timers.next()).getTimestamp();
            first = Math.min(first, at);
            last = Math.max(last, at);
          }
        } finally {
          timers.close();
        }
      }
      if (last == Long.MIN_VALUE) continue;
      if (out.length() > 0) out.append(",");
      out.append("[").append(Text.quote(operator.getClass().getSimpleName())).append(",").append(subtask)
          .append(",").append(first).append(",").append(last).append("]");
    }
    return out.toString();
  }
}
