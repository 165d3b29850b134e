import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.apache.flink.api.common.JobID;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.taskexecutor.TaskExecutor;
import org.apache.flink.runtime.taskexecutor.slot.TaskSlotTable;
import org.apache.flink.runtime.taskmanager.Task;

/**
 * The running tasks of a job, looked at and failed from within their JVM.
 *
 * It reads what other threads write: a hint that is asked again, never a proof. The names of the fields are
 * those of MiniCluster, TaskExecutor, StreamTask and AbstractStreamOperator, the same in Flink 1.20 and 2.2.
 */
class Live {
  static final int TRIES = 1000;

  static List tasks(MiniCluster cluster, String job) throws Exception {
    for (int again = 0; ; again++) {
      try {
        return lookAtTasks(cluster, job);
      } catch (RuntimeException changed) {
        // A task came or went meanwhile: these tables are for the TaskManager's own thread, and say so in many ways.
        if (again == TRIES) throw changed;
        Thread.yield();
      }
    }
  }

  static List lookAtTasks(MiniCluster cluster, String job) throws Exception {
    List found = new ArrayList();
    Iterator managers = ((List) field(cluster, "taskManagers")).iterator();
    while (managers.hasNext()) {
      Iterator tasks = slots(managers.next()).getTasks(JobID.fromHexString(job));
      while (tasks.hasNext()) found.add(tasks.next());
    }
    return found;
  }

  static TaskSlotTable slots(Object manager) throws Exception {
    return (TaskSlotTable) field(manager, "taskSlotTable");
  }

  /** How many slots the cluster has; it keeps TaskManagers that have ended among the others. */
  static int countSlots(MiniCluster cluster) throws Exception {
    int count = 0;
    Iterator managers = ((List) field(cluster, "taskManagers")).iterator();
    while (managers.hasNext()) {
      TaskExecutor manager = (TaskExecutor) managers.next();
      if (!manager.getTerminationFuture().isDone()) count += ((Number) field(slots(manager), "numberSlots")).intValue();
    }
    return count;
  }

  /** Per task: {"vertex", "subtask", "pressed": output is full, "stack": its thread, "operators": see operator}. */
  static String read(MiniCluster cluster, String job) throws Exception {
    StringBuilder out = new StringBuilder("[");
    Iterator tasks = tasks(cluster, job).iterator();
    while (tasks.hasNext()) {
      Task task = (Task) tasks.next();
      Object invokable = field(task, "invokable");
      Object chain = invokable == null ? null : field(invokable, "operatorChain");
      if (chain == null) continue;
      if (out.length() > 1) out.append(",");
      out.append("{\"vertex\":").append(Text.quote(task.getJobVertexId().toString()))
          .append(",\"subtask\":").append(task.getTaskInfo().getIndexOfThisSubtask())
          .append(",\"pressed\":").append(task.isBackPressured()).append(",\"stack\":[");
      StackTraceElement[] stack = task.getExecutingThread().getStackTrace();
      for (int i = 0; i < stack.length; i++) {
        if (i > 0) out.append(",");
        out.append("\"").append(stack[i].getClassName()).append(".").append(stack[i].getMethodName()).append("(")
            .append(stack[i].getFileName()).append(":").append(stack[i].getLineNumber()).append(")\"");
      }
      out.append("],\"operators\":[");
      String comma = "";
      Iterator wrappers = ((Iterable) call(chain, "getAllOperators")).iterator();
      while (wrappers.hasNext()) {
        out.append(comma);
        operator(call(wrappers.next(), "getStreamOperator"), out);
        comma = ",";
      }
      out.append("]}");
    }
    return out.append("]").toString();
  }

  /** [id, name, processing-time timers, event-time timers, output is idle, splits or -1 if it is no source]. */
  static void operator(Object operator, StringBuilder out) throws Exception {
    Object timers = field(operator, "timeServiceManager");
    long processing = timers == null ? 0 : ((Number) call(timers, "numProcessingTimeTimers")).longValue();
    long event = timers == null ? 0 : ((Number) call(timers, "numEventTimeTimers")).longValue();
    Object reader = field(operator, "sourceReader");
    Object splits = reader == null ? null : call(reader, "getNumberOfCurrentlyAssignedSplits");
    Object config = field(operator, "config");
    Object name = config == null ? null : call(config, "getOperatorName");
    out.append("[").append(Text.quote(String.valueOf(call(operator, "getOperatorID")))).append(",")
        .append(Text.quote(name == null ? operator.getClass().getSimpleName() : name.toString())).append(",")
        .append(processing).append(",").append(event).append(",").append(idle(operator)).append(",")
        .append(splits == null ? "-1" : splits.toString()).append("]");
  }

  /** "operator id/subtask" of all operators behind readers that have no split and are announced idle. */
  static Set unread(MiniCluster cluster, String job) throws Exception {
    Set found = new HashSet();
    Iterator tasks = tasks(cluster, job).iterator();
    while (tasks.hasNext()) {
      Task task = (Task) tasks.next();
      Object invokable = field(task, "invokable");
      Object chain = invokable == null ? null : field(invokable, "operatorChain");
      Object source = chain == null ? null : field(invokable, "mainOperator");
      Object reader = source == null ? null : field(source, "sourceReader");
      if (reader == null || !idle(source)) continue;
      Number splits = (Number) call(reader, "getNumberOfCurrentlyAssignedSplits");
      if (splits == null || splits.intValue() > 0) continue;
      Iterator wrappers = ((Iterable) call(chain, "getAllOperators")).iterator();
      while (wrappers.hasNext()) {
        Object operator = call(wrappers.next(), "getStreamOperator");
        found.add(call(operator, "getOperatorID") + "/" + task.getTaskInfo().getIndexOfThisSubtask());
      }
    }
    return found;
  }

  /** Whether the last status that an operator gave its outputs is IDLE. */
  static boolean idle(Object operator) throws Exception {
    Object output = field(operator, "output");
    for (int depth = 0; depth < 4 && output != null; depth++) {
      Object status = field(output, "announcedStatus");
      if (status != null) return status.toString().contains("IDLE");
      Object next = field(output, "output");
      if (next == null) next = field(output, "rawRecordOutput");
      // An operator with several behind it tells all of them the same.
      Object several = next == null ? field(output, "outputs") : null;
      boolean any = several instanceof Object[] && ((Object[]) several).length > 0;
      output = any ? ((Object[]) several)[0] : next;
    }
    return false;
  }

  /** Whether there are tasks, and each of them runs. */
  static boolean running(MiniCluster cluster, String job) throws Exception {
    Iterator tasks = tasks(cluster, job).iterator();
    boolean any = tasks.hasNext();
    while (tasks.hasNext()) {
      String state = ((Task) tasks.next()).getExecutionState().toString();
      if (!state.equals("RUNNING") && !state.equals("FINISHED")) return false;
    }
    return any;
  }

  /** Fails one running task of a job, as an exception of its own would; returns its name, or "" if none runs. */
  static String fail(MiniCluster cluster, String job, String message) throws Exception {
    Iterator tasks = tasks(cluster, job).iterator();
    while (tasks.hasNext()) {
      Task task = (Task) tasks.next();
      if (!task.getExecutionState().toString().equals("RUNNING")) continue;
      String name = task.getTaskInfo().getTaskNameWithSubtasks();
      task.failExternally(new RuntimeException(message));
      return name;
    }
    return "";
  }

  /** Ends a TaskManager that runs tasks of a job, once another one is there; returns how many tasks it had. */
  static int replaceTaskManager(MiniCluster cluster, String job) throws Exception {
    List managers = (List) field(cluster, "taskManagers");
    for (int index = 0; index < managers.size(); index++) {
      Iterator tasks = slots(managers.get(index)).getTasks(JobID.fromHexString(job));
      int count = 0;
      while (tasks.hasNext()) {
        tasks.next();
        count++;
      }
      if (count == 0) continue;
      cluster.startTaskManager();
      cluster.terminateTaskManager(index).get();
      return count;
    }
    return 0;
  }

  static Object field(Object of, String name) throws Exception {
    Class type = of.getClass();
    while (type != null) {
      try {
        Field field = type.getDeclaredField(name);
        field.setAccessible(true);
        return field.get(of);
      } catch (NoSuchFieldException inherited) {
        type = type.getSuperclass();
      }
    }
    return null;
  }

  static Object constant(Class type, String name) throws Exception {
    Field field = type.getDeclaredField(name);
    field.setAccessible(true);
    return field.get(null);
  }

  static Object call(Object of, String name) throws Exception {
    Class type = of.getClass();
    while (type != null) {
      try {
        Method method = type.getDeclaredMethod(name, new Class[0]);
        method.setAccessible(true);
        return method.invoke(of, new Object[0]);
      } catch (NoSuchMethodException inherited) {
        type = type.getSuperclass();
      }
    }
    return null;
  }
}
