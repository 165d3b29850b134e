package words;

/** Says what it would do. */
public class Copy {
  public static void main(String[] args) {
    System.out.println("copying from " + args[1] + " to " + args[2]);
  }
}
